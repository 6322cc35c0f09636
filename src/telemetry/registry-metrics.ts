import { type HrTime, ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Registry } from 'prom-client';

/** A metric of the registry, as `getMetricsAsJSON` returns it. The library's own declaration has another `type`. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly Value[];
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Of a histogram: the name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string;
}

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** Reads the figures of `/metrics`, so that each number is counted in one place. */
export class RegistryMetrics implements MetricProducer {
  readonly #startTime = now();

  constructor(
    readonly registry: Registry,
    readonly scope: string,
  ) {}

  async collect(): Promise<CollectionResult> {
    const metrics = (await this.registry.getMetricsAsJSON()) as unknown as readonly Metric[];
    const times = { startTime: this.#startTime, endTime: now() };
    const scope = { name: this.scope };
    const converted = metrics.flatMap((metric) => convert(metric, times));
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope, metrics: converted }] },
      errors: [],
    };
  }
}

function now(): HrTime {
  const ms = Date.now();
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}

/** @returns nothing for a metric without values, or of another type */
function convert({ name, help, type, values }: Metric, times: Times): MetricData[] {
  const base = {
    // The unit is part of the name.
    descriptor: { name, description: help, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const points = () => values.map(({ value, labels }) => ({ ...times, attributes: { ...labels }, value }));
  if (values.length === 0) return [];
  switch (type) {
    case 'counter':
      return [{ ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points() }];
    case 'gauge':
      return [{ ...base, dataPointType: DataPointType.GAUGE, dataPoints: points() }];
    case 'histogram':
      return [{ ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(values, times) }];
    default:
      return [];
  }
}

/** One point for each set of labels. Prometheus' buckets include the smaller ones, those of OpenTelemetry do not. */
function histograms(values: readonly Value[], times: Times) {
  const series = new Map<string, Value[]>();
  for (const value of values) {
    const { le: _bound, ...labels } = value.labels;
    const key = JSON.stringify(labels);
    const known = series.get(key);
    if (known === undefined) series.set(key, [value]);
    else known.push(value);
  }
  return [...series].map(([labels, all]) => {
    const buckets = all.filter(({ metricName }) => metricName?.endsWith('_bucket'));
    const counts = buckets.map(({ value }, i) => value - (buckets[i - 1]?.value ?? 0));
    const boundaries = buckets.map(({ labels: { le } }) => Number(le)).filter(Number.isFinite);
    const totalOf = (suffix: string) =>
      all.find(({ metricName }) => metricName?.endsWith(suffix))?.value ?? 0;
    return {
      ...times,
      attributes: JSON.parse(labels) as Record<string, string>,
      value: { buckets: { boundaries, counts }, sum: totalOf('_sum'), count: totalOf('_count') },
    };
  });
}
