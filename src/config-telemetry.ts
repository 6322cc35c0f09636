import { z } from 'zod';
import { baseUrl, boolean, integer } from './config-values.js';
import { PROTOCOLS, SAMPLERS, type TelemetrySettings } from './platform/telemetry-settings.js';

/** `key=value` pairs with percent-encoded values, separated by commas (W3C Baggage, which OpenTelemetry names). */
const pairs = (isKey: RegExp, isValue: RegExp, error: string) =>
  z.string().transform((text, context) => {
    const entries = text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, Math.max(at, 0)).trim(), decoded(pair.slice(at + 1).trim())] as const;
    });
    const isValid = entries.every(([key, value]) => isKey.test(key) && isValue.test(value ?? ''));
    if (!isValid) context.addIssue({ code: 'custom', message: error });
    return Object.fromEntries(entries) as Record<string, string>;
  });

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Characters that a header can carry (RFC 9110 §5.5, §5.6.2). */
const headers = pairs(
  /^[\w!#$%&'*+.^`|~-]+$/,
  /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/,
  'must be name=value pairs, separated by commas, with percent-encoded values, e.g. authorization=Bearer%20token',
);

const resource = pairs(
  /^[\w./-]+$/,
  /^[^\p{Cc}]+$/u,
  'must be name=value pairs, separated by commas, with percent-encoded values, e.g. deployment.environment.name=staging',
);

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`);

const exporter = oneOf(['otlp', 'none']).default('otlp');

/** The variables of OpenTelemetry that the gateway reads. Their names are those of its specification. */
export const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(PROTOCOLS).default('http/protobuf'),
  OTEL_EXPORTER_OTLP_HEADERS: headers.default({}),
  OTEL_EXPORTER_OTLP_TIMEOUT: integer(100, 60_000, 10_000),
  OTEL_SERVICE_NAME: z.string().max(100, 'must have 100 characters or fewer').optional(),
  OTEL_RESOURCE_ATTRIBUTES: resource.default({}),
  OTEL_TRACES_EXPORTER: exporter,
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('must be a number from 0 to 1')
    .min(0, 'must be a number from 0 to 1')
    .max(1, 'must be a number from 0 to 1')
    .default(1),
  OTEL_METRICS_EXPORTER: exporter,
  OTEL_METRIC_EXPORT_INTERVAL: integer(1000, 3_600_000, 60_000),
  OTEL_SDK_DISABLED: boolean.default(false),
};

type TelemetryVariables = z.output<z.ZodObject<typeof telemetryVariables>>;

/** The SDK reads these by itself. */
const READ_BY_SDK = /^OTEL_EXPORTER_OTLP_(CERTIFICATE|CLIENT_CERTIFICATE|CLIENT_KEY|COMPRESSION)$/;

/** Undefined if no telemetry is exported. */
export function telemetryOf(env: TelemetryVariables): TelemetrySettings | undefined {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const traces = env.OTEL_TRACES_EXPORTER === 'otlp';
  const metrics = env.OTEL_METRICS_EXPORTER === 'otlp';
  if (endpoint === undefined || env.OTEL_SDK_DISABLED || (!traces && !metrics)) return undefined;
  return {
    endpoint,
    protocol: env.OTEL_EXPORTER_OTLP_PROTOCOL,
    headers: env.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMs: env.OTEL_EXPORTER_OTLP_TIMEOUT,
    resource: {
      ...env.OTEL_RESOURCE_ATTRIBUTES,
      ...(env.OTEL_SERVICE_NAME !== undefined && { 'service.name': env.OTEL_SERVICE_NAME }),
    },
    traces,
    sampler: env.OTEL_TRACES_SAMPLER,
    samplerRatio: env.OTEL_TRACES_SAMPLER_ARG,
    metrics,
    metricsIntervalMs: env.OTEL_METRIC_EXPORT_INTERVAL,
  };
}

/** One line for a variable of OpenTelemetry that has no effect. Undefined for any other variable. */
export function unreadTelemetryVariable(name: string): string | undefined {
  if (!name.startsWith('OTEL_') || name in telemetryVariables || READ_BY_SDK.test(name)) return undefined;
  return `${name} has no effect: the gateway reads ${Object.keys(telemetryVariables).join(', ')}`;
}
