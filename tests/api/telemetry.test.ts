import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Fastify from 'fastify';
import { buildSchema } from 'graphql';
import { pino } from 'pino';
import type { Sql } from 'postgres';
import { Counter, Gauge, Histogram } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { traceFields } from '../../src/graphql/trace-fields.js';
import { traceRequests } from '../../src/http/trace-requests.js';
import { AuthError, AuthErrorCode } from '../../src/platform/error.js';
import { withTraceId } from '../../src/platform/log.js';
import { Metrics } from '../../src/platform/metrics.js';
import type { TelemetrySettings } from '../../src/platform/telemetry-settings.js';
import { tracedPostgres } from '../../src/platform/traced-clients.js';
import { noTracer } from '../../src/platform/tracer.js';
import { createTelemetry } from '../../src/telemetry/index.js';
import { attributesOf, type JsonAttributes, startOtlpReceiver } from '../support/otlp-receiver.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);
const log = pino({ level: 'silent' });

const settingsFor = (endpoint: string): TelemetrySettings => ({
  endpoint,
  protocol: 'http/json',
  headers: {},
  timeoutMs: 60_000,
  resource: {},
  traces: true,
  sampler: 'always_on',
  samplerRatio: 1,
  metrics: true,
  metricsIntervalMs: 100,
});

describe('without OTEL_EXPORTER_OTLP_ENDPOINT, the gateway', () => {
  const loaded = async (env: Record<string, string>) => {
    const script = fileURLToPath(new URL('../support/loaded-modules.mjs', import.meta.url));
    const { stdout } = await run(process.execPath, [script], {
      env: { PATH: process.env.PATH, DATABASE_URL: 'pglite:memory', ...env },
    });
    return JSON.parse(stdout) as string[];
  };

  it('loads no module of the SDK', async () => {
    const endpoint = 'http://127.0.0.1:1';
    expect(await loaded({})).toEqual([]);
    expect(await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' })).toEqual([]);
    const on = await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect(on).toEqual(expect.arrayContaining(['sdk-trace', 'sdk-metrics', 'exporter-trace-otlp-proto']));
    expect(on).not.toContain('exporter-trace-otlp-http');
  });

  it('adds nothing to the path of a request', () => {
    const schema = buildSchema('type Query { me: String }');
    expect(traceFields(schema, noTracer)).toBe(schema);
    const client = {} as Sql;
    expect(tracedPostgres(client, noTracer)).toBe(client);
    expect(withTraceId(log, noTracer)).toBe(log);
    const app = Fastify();
    traceRequests(app, { tracer: noTracer, routerSecret: undefined });
    expect(app.hasRequestDecorator('span')).toBe(false);
  });
});

describe('the traces', () => {
  it('drop spans while the receiver hangs, instead of filling the memory', async () => {
    const receiver = await startOtlpReceiver();
    const answers: (() => void)[] = [];
    receiver.misbehave((_request, response) => void answers.push(() => response.end('{}')));
    const settings = { ...settingsFor(receiver.url), metrics: false };
    const { tracer, close } = await createTelemetry(settings, new Metrics(), log);
    const burst = 20_000;
    for (let i = 0; i < burst; i += 1) tracer.request('one', undefined, {}).end('one', 'OK');
    await until('the first export', () => answers.length > 0);
    for (let i = 0; i < burst; i += 1) tracer.request('two', undefined, {}).end('two', 'OK');
    receiver.misbehave();
    for (const answer of answers) answer();
    await until('the other exports', () => receiver.spans.length > 2000);
    await close(3000);
    // What waited, and the export that hung, which the receiver did not keep.
    expect(receiver.spans.length).toBeLessThanOrEqual(4096);
  });

  it('close within their time if the receiver hangs', async () => {
    const receiver = await startOtlpReceiver();
    receiver.misbehave(() => {});
    const { tracer, close } = await createTelemetry(settingsFor(receiver.url), new Metrics(), log);
    tracer.request('one', undefined, {}).end('one', 'OK');
    const startedAt = performance.now();
    await close(500);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('join a trace only by a valid header, and not by its state', async () => {
    const receiver = await startOtlpReceiver();
    const { tracer, close } = await createTelemetry(settingsFor(receiver.url), new Metrics(), log);
    const valid = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    const invalid = [undefined, '', 'x', valid.toUpperCase().replace('00-', 'FF-'), `${valid}-more`];
    for (const header of [valid, ...invalid]) tracer.request('one', header, {}).end('one', 'OK');
    await close(3000);
    const joined = receiver.spans.filter(({ traceId }) => traceId === 'ab'.repeat(16));
    expect(joined.map(({ parentSpanId }) => parentSpanId)).toEqual(['cd'.repeat(8)]);
    expect(receiver.spans).toHaveLength(1 + invalid.length);
  });

  it('tell errors by code or class, without their message', async () => {
    const receiver = await startOtlpReceiver();
    const { tracer, close } = await createTelemetry(settingsFor(receiver.url), new Metrics(), log);
    const request = tracer.request('all', undefined, {});
    const secret = 'canary@example.com';
    const errors: [Error, string, boolean][] = [
      [new AuthError(AuthErrorCode.INVALID_CREDENTIALS), 'INVALID_CREDENTIALS', false],
      [new AuthError(AuthErrorCode.SERVICE_UNAVAILABLE), 'SERVICE_UNAVAILABLE', true],
      [Object.assign(new Error(secret), { code: '23505', detail: secret }), '23505', true],
      [
        new Error('outer', { cause: Object.assign(new Error(secret), { code: 'ECONNRESET' }) }),
        'ECONNRESET',
        true,
      ],
      [Object.assign(new TypeError(secret), { code: secret }), 'TypeError', true],
      [Object.assign(new Error(secret), { name: secret }), 'unknown', true],
    ];
    for (const [index, [error]] of errors.entries()) {
      const failing = request.run(() => tracer.span(`error ${index}`, {}, () => Promise.reject(error)));
      await expect(failing).rejects.toBe(error);
    }
    request.end('all', 'OK');
    await close(3000);
    for (const [index, [, type, hasFailed]] of errors.entries()) {
      const span = receiver.spans.find(({ name }) => name === `error ${index}`);
      expect(span, type).toMatchObject({ hasFailed, attributes: { 'error.type': type } });
    }
    expect(receiver.bytes().includes('canary')).toBe(false);
  });

  it('end with their request, for work and timers that go on', async () => {
    const receiver = await startOtlpReceiver();
    const { tracer, close } = await createTelemetry(settingsFor(receiver.url), new Metrics(), log);
    const request = tracer.request('request', undefined, {});
    let late: Promise<unknown> | undefined;
    await request.run(() =>
      tracer.span('inner', {}, async () => {
        late = new Promise((resolve) => setTimeout(resolve, 50)).then(() =>
          tracer.span('late', {}, async () => {}),
        );
        await tracer.outside(() => tracer.span('outside', {}, async () => {}));
      }),
    );
    request.end('request', 'OK');
    await late;
    await close(3000);
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual(['inner', 'request']);
  });
});

interface JsonPoint {
  readonly attributes?: JsonAttributes;
  readonly asDouble?: number;
  readonly sum?: number;
  readonly count?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
}
interface JsonMetric {
  readonly name: string;
  readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: readonly JsonPoint[] };
  readonly gauge?: { readonly dataPoints: readonly JsonPoint[] };
  readonly histogram?: { readonly dataPoints: readonly JsonPoint[] };
}
interface JsonMetrics {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: JsonMetric[] }[];
  }[];
}

describe('the exported metrics', () => {
  it('are those of the registry', async () => {
    const receiver = await startOtlpReceiver();
    const metrics = new Metrics();
    const registers = [metrics.registry];
    const counter = new Counter({ name: 'a_total', help: 'Counts.', labelNames: ['code'], registers });
    const gauge = new Gauge({ name: 'b', help: 'Measures.', registers });
    const options = {
      name: 'c_seconds',
      help: 'Times.',
      labelNames: ['operation'],
      buckets: [1, 5],
      registers,
    };
    const histogram = new Histogram(options);
    new Counter({ name: 'd_total', help: 'No value yet.', labelNames: ['code'], registers });
    counter.inc({ code: 'OK' }, 3);
    counter.inc({ code: 'FAILED' });
    gauge.set(-2.5);
    for (const seconds of [0.5, 1, 3, 7, 9]) histogram.observe({ operation: 'me' }, seconds);
    histogram.observe({ operation: 'login' }, 2);
    const { close } = await createTelemetry(settingsFor(receiver.url), metrics, log);
    await until('the metrics', () => receiver.metrics.length > 0);
    await close(3000);
    const [body] = receiver.metrics as JsonMetrics[];
    const exported = body?.resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap((scope) => scope.metrics),
    );
    const byName = new Map(exported?.map((metric) => [metric.name, metric]));
    expect(byName.get('a_total')?.sum?.isMonotonic).toBe(true);
    const counted = byName.get('a_total')?.sum?.dataPoints ?? [];
    expect(counted.map(({ attributes, asDouble }) => [attributesOf(attributes), asDouble])).toEqual([
      [{ code: 'OK' }, 3],
      [{ code: 'FAILED' }, 1],
    ]);
    expect(byName.get('b')?.gauge?.dataPoints[0]?.asDouble).toBe(-2.5);
    const timed = byName.get('c_seconds')?.histogram?.dataPoints ?? [];
    expect(timed).toEqual([
      expect.objectContaining({ sum: 20.5, count: 5, explicitBounds: [1, 5], bucketCounts: [2, 1, 2] }),
      expect.objectContaining({ sum: 2, count: 1, explicitBounds: [1, 5], bucketCounts: [0, 1, 0] }),
    ]);
    expect(timed.map(({ attributes }) => attributesOf(attributes))).toEqual([
      { operation: 'me' },
      { operation: 'login' },
    ]);
    const withValues = (await metrics.registry.getMetricsAsJSON()).filter(({ values }) => values.length > 0);
    expect([...byName.keys()].sort()).toEqual(withValues.map(({ name }) => name).sort());
  });
});
