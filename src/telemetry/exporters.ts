import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from '../platform/log.js';
import type { TelemetrySettings } from '../platform/telemetry-settings.js';

/** Parallel exports of one signal. If the receiver hangs, exports must not pile up. */
const MAX_EXPORTS = 2;

/** Either exporter. */
interface Exporter<T> {
  export(items: T, done: (result: ExportResult) => void): void;
}

type Signal = 'traces' | 'metrics';

/** Exporters of OTLP over HTTP. Only the ones of the protocol are loaded. */
export async function createExporters(
  { protocol, endpoint, headers, timeoutMs }: TelemetrySettings,
  log: Log,
): Promise<{ spans: SpanExporter; metrics: PushMetricExporter }> {
  const [{ OTLPTraceExporter }, { OTLPMetricExporter }] =
    protocol === 'http/json'
      ? await Promise.all([
          import('@opentelemetry/exporter-trace-otlp-http'),
          import('@opentelemetry/exporter-metrics-otlp-http'),
        ])
      : await Promise.all([
          import('@opentelemetry/exporter-trace-otlp-proto'),
          import('@opentelemetry/exporter-metrics-otlp-proto'),
        ]);
  const optionsOf = (signal: Signal) => ({
    url: `${endpoint}/v1/${signal}`,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    concurrencyLimit: MAX_EXPORTS,
  });
  return {
    spans: reporting<ReadableSpan[], SpanExporter>(new OTLPTraceExporter(optionsOf('traces')), 'traces', log),
    metrics: reporting<ResourceMetrics, PushMetricExporter>(
      new OTLPMetricExporter(optionsOf('metrics')),
      'metrics',
      log,
    ),
  };
}

/** Logs the beginning and the end of an outage. Each signal has its own: some receivers take traces only. */
function reporting<T, E extends Exporter<T>>(exporter: E, signal: Signal, log: Log): E {
  let isFailing = false;
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    send(items, (result) => {
      const hasFailed = result.code !== ExportResultCode.SUCCESS;
      if (hasFailed && !isFailing) {
        // Not the whole error, which contains the answer of the receiver.
        const reason = reasonOf(result.error);
        log.warn({ signal, reason }, 'cannot export telemetry (OTEL_EXPORTER_OTLP_ENDPOINT): it is dropped');
      } else if (!hasFailed && isFailing) {
        log.info({ signal }, 'telemetry is exported again');
      }
      isFailing = hasFailed;
      done(result);
    });
  return exporter;
}

/** The code of a connection error, or the status of the answer. */
function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  const { code } = error ?? {};
  return typeof code === 'string' || typeof code === 'number' ? String(code) : (error?.message ?? 'unknown');
}
