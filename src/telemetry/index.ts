import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import type { TelemetrySettings } from '../platform/telemetry-settings.js';
import { noTracer, type Tracer } from '../platform/tracer.js';
import { withTimeout } from '../platform/with-timeout.js';
import { createExporters } from './exporters.js';
import { RegistryMetrics } from './registry-metrics.js';
import { createSampler } from './sampler.js';
import { SpanTracer } from './tracer.js';

/** Spans that wait for the receiver. Further ones are dropped, so that an outage cannot fill the memory. */
const MAX_WAITING_SPANS = 4096;
/** Fewer are lost in a crash than with the default of five seconds. */
const EXPORT_INTERVAL_MS = 1000;
/** Longer values are cut off. No attribute of the gateway is this long. */
const MAX_VALUE_LENGTH = 200;
/** How long the stop waits for the receiver. */
const MAX_FLUSH_MS = 3000;
const SCOPE = 'gatehouse';

export interface Telemetry {
  readonly tracer: Tracer;
  /** Sends what waits, for up to three seconds or `timeoutMs`, and stops. Does not throw. */
  close(timeoutMs: number): Promise<void>;
}

/** Traces and metrics by OpenTelemetry. Load this module only if they are on: its packages take long to load. */
export async function createTelemetry(
  settings: TelemetrySettings,
  { registry }: Metrics,
  log: Log,
): Promise<Telemetry> {
  const exporters = await createExporters(settings, log);
  const resource = defaultResource().merge(
    resourceFromAttributes({
      'service.name': 'gatehouse',
      'service.version': packageVersion(),
      // Otherwise, the counters of several nodes would be one series.
      'service.instance.id': randomUUID(),
      ...settings.resource,
    }),
  );
  const parts: { shutdown(): Promise<void> }[] = [];
  let tracer = noTracer;
  if (settings.traces) {
    const spans = new TracerProvider({
      resource,
      sampler: createSampler(settings),
      spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: exporters.spans,
          maxQueueSize: MAX_WAITING_SPANS,
          scheduledDelayMillis: EXPORT_INTERVAL_MS,
          // The exporter gives up before, and reports why.
          exportTimeoutMillis: settings.timeoutMs + 1000,
        }),
      ],
    });
    tracer = new SpanTracer(spans.getTracer(SCOPE));
    parts.push(spans);
  }
  if (settings.metrics) {
    const reader = new PeriodicExportingMetricReader({
      exporter: exporters.metrics,
      exportIntervalMillis: settings.metricsIntervalMs,
      exportTimeoutMillis: Math.min(settings.timeoutMs, settings.metricsIntervalMs),
      metricProducers: [new RegistryMetrics(registry, SCOPE)],
    });
    parts.push(new MeterProvider({ resource, readers: [reader] }));
  }
  return {
    tracer,
    async close(timeoutMs) {
      // The exporters have logged the reason of a failure.
      const closing = Promise.allSettled(parts.map((part) => part.shutdown()));
      await withTimeout(Math.min(timeoutMs, MAX_FLUSH_MS), closing).catch(() => {});
    },
  };
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version;
}
