export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

/** Where telemetry goes, and how much of it. */
export interface TelemetrySettings {
  /** The base URL: `/v1/traces` and `/v1/metrics` are appended. */
  readonly endpoint: string;
  readonly protocol: (typeof PROTOCOLS)[number];
  /** Secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one export, retries included. */
  readonly timeoutMs: number;
  readonly resource: Readonly<Record<string, string>>;
  readonly traces: boolean;
  readonly sampler: (typeof SAMPLERS)[number];
  /** The share of traces that a sampler with `traceidratio` takes, from 0 to 1. */
  readonly samplerRatio: number;
  readonly metrics: boolean;
  readonly metricsIntervalMs: number;
}
