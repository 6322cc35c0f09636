import { describe, expect, it } from 'vitest';
import type * as ConfigModule from '../../../src/config.js';

const built = new URL('../../../dist/src/config.js', import.meta.url).href;
const { misspeltNames, parseConfig } = (await import(built)) as typeof ConfigModule;

type Environment = Record<string, string>;

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
const telemetryBy = (env: Environment) => parseConfig(env, (name) => name.padEnd(32, '-')).telemetry;

function faultsOf(env: Environment): readonly string[] {
  try {
    telemetryBy(env);
    return [];
  } catch (error) {
    return (error as InstanceType<typeof ConfigModule.ConfigurationError>).faults;
  }
}

describe('the settings of OpenTelemetry', () => {
  it.each<Environment>([
    {},
    { OTEL_SERVICE_NAME: 'accounts', OTEL_TRACES_SAMPLER: 'always_on' },
    { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' },
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
  ])('turn it off: %o', (env) => expect(telemetryBy(env)).toBeUndefined());

  it('have defaults', () => {
    expect(telemetryBy(ENDPOINT)).toEqual({
      endpoint: 'http://collector:4318',
      protocol: 'http/protobuf',
      headers: {},
      timeoutMs: 10_000,
      resource: {},
      traces: true,
      sampler: 'parentbased_always_on',
      samplerRatio: 1,
      metrics: true,
      metricsIntervalMs: 60_000,
    });
  });

  it('decode headers and resource attributes, and prefer the name of the service', () => {
    const telemetry = telemetryBy({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20dXNlcjpwYXNz==, x-scope = a%2Cb',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=K%C3%B6ln',
      OTEL_SERVICE_NAME: 'accounts',
    });
    expect(telemetry?.headers).toEqual({ authorization: 'Basic dXNlcjpwYXNz==', 'x-scope': 'a,b' });
    expect(telemetry?.resource).toEqual({
      'service.name': 'accounts',
      'deployment.environment.name': 'Köln',
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://user:password@collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318/?token=value'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a-secret-without-a-name'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=a%secret'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=a%0D%0Ainjected:header'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x-empty='],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a name=value'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=value,'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '10s'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'no-value'],
    ['OTEL_TRACES_SAMPLER', 'parentbased_ratio'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', 'ten percent'],
    ['OTEL_TRACES_EXPORTER', 'jaeger'],
    ['OTEL_METRICS_EXPORTER', 'prometheus'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '999'],
    ['OTEL_SDK_DISABLED', 'yes please'],
  ])('refuse %s=%s without repeating the value', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name} must `));
    expect(faults[0]).not.toContain(value);
  });

  it('are named if a variable has no effect', () => {
    expect(misspeltNames({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318' })).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT has no effect: the gateway reads OTEL_/),
    ]);
    expect(misspeltNames({ OTEL_EXPORTER_OTLP_ENDPONT: 'http://collector:4318' })).toEqual([
      expect.stringMatching(/did you mean OTEL_EXPORTER_OTLP_ENDPOINT\?$/),
    ]);
    expect(misspeltNames({ ...ENDPOINT, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' })).toEqual([]);
  });
});
