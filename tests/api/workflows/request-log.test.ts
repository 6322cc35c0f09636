import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { answerErrors } from '../../../src/http/errors.js';
import { logRequests } from '../../../src/http/request-log.js';
import { Metrics } from '../../../src/platform/metrics.js';
import { login, registerAndVerify, type SignedIn, signIn } from '../../support/accounts.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnBackends, describeOnPostgres } from '../../support/in-process.js';
import { sleep, until } from '../../support/wait.js';

interface Line {
  level: number;
  msg: string;
  requestId: string;
  method: string;
  path: string;
  status: number;
  milliseconds: number;
  operation?: string;
  outcome?: string;
  userId?: string;
}

const DEBUG = 20;
const INFO = 30;

const parsed = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
const requestsIn = (gateway: Gateway) => parsed(gateway.logs()).filter(({ msg }) => msg === 'request');

/** The log line of the request with this id; fails if there are several. */
async function lineOf(gateway: Gateway, requestId: unknown): Promise<Line> {
  const lines = await until('the log line of the request', () => {
    const found = requestsIn(gateway).filter((line) => line.requestId === requestId);
    return found.length > 0 && found;
  });
  expect(lines).toHaveLength(1);
  return lines[0] as Line;
}

async function latencies(gateway: Gateway): Promise<Map<string, number>> {
  const { text } = await send(`${gateway.url}/metrics`);
  const counts = text.matchAll(
    /^gatehouse_request_duration_seconds_count\{operation="([^"]*)",outcome="([^"]*)"\} (\d+)$/gm,
  );
  return new Map(
    [...counts].map(([, operation, outcome, count]) => [`${operation} ${outcome}`, Number(count)]),
  );
}

describeOnBackends('the request log', ({ start }) => {
  let gateway: Gateway;
  let me: SignedIn & { refreshToken: string };

  beforeAll(async () => {
    gateway = await start({ env: { LOG_LEVEL: 'debug' } });
    me = await signIn(gateway, await registerAndVerify(gateway));
  });

  const run = (query: string, token?: string, variables = {}) =>
    gateway.client.runRaw(query, variables, token === undefined ? {} : { token });

  it('has one line per request, with operation, user and outcome', async () => {
    const { headers } = await run('query Mine { mine: me { id } }', me.accessToken);
    const { milliseconds, ...line } = await lineOf(gateway, headers['x-request-id']);
    expect(line).toMatchObject({
      level: DEBUG,
      method: 'POST',
      path: '/graphql',
      status: 200,
      operation: 'me',
      userId: me.user.id,
    });
    expect(line.outcome).toBeUndefined();
    expect(Number.isInteger(milliseconds)).toBe(true);

    const refused = await login(gateway, { username: 'nobody-there', password: 'a quite Wrong phrase 12' });
    expect(await lineOf(gateway, refused.headers['x-request-id'])).toMatchObject({
      level: DEBUG,
      operation: 'login',
      outcome: 'INVALID_CREDENTIALS',
    });
    const health = await send(`${gateway.url}/healthz?probe=1`);
    expect(await lineOf(gateway, health.headers['x-request-id'])).toMatchObject({
      path: '/healthz',
      level: DEBUG,
    });
  });

  it('contains nothing that the client chose', async () => {
    const canary = `Canary${randomBytes(12).toString('hex')}`;
    await run(`query ${canary} { ${canary}: me { ${canary}: id } }`, me.accessToken);
    await run(`{ ${canary} }`);
    await run(`query ($${canary}: String!) { user(id: $${canary}) { id } }`, me.accessToken, {
      [canary]: canary,
    });
    await run(`mutation { verifyEmail(token: "${canary}") { email } }`);
    await send(`${gateway.url}/${canary}?token=${canary}`, {
      headers: { 'x-request-id': canary, cookie: canary },
    });
    await send(`${gateway.url}/healthz?token=${canary}`, { headers: { authorization: `Bearer ${canary}` } });
    const last = await send(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'query a { me { id } } query b { me { id } }', operationName: canary }),
    });
    await lineOf(gateway, last.headers['x-request-id']);
    expect(gateway.logs()).not.toContain(canary);
    expect((await send(`${gateway.url}/metrics`)).text).not.toContain(canary);
  });

  it('exposes exactly the metrics that docs/operations.md documents', async () => {
    const { text } = await send(`${gateway.url}/metrics`);
    const exposed = [...text.matchAll(/^# TYPE (gatehouse_\w+) /gm)].map(([, name]) => name);
    const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `(gatehouse_\w+)`/gm)].map(([, name]) => name);
    expect(exposed.length).toBeGreaterThan(5);
    expect(exposed.toSorted()).toEqual(documented.toSorted());
  });

  it('has a latency histogram by operation and outcome, and clients cannot add labels', async () => {
    const before = await latencies(gateway);
    for (let call = 0; call < 3; call += 1) expectData(await run('{ me { id } }', me.accessToken));
    await run('{ a: me { id } b: me { id } }');
    await run('{ me { id } __typename }', me.accessToken);
    await run('{ ...F } fragment F on Query { __schema { queryType { name } } }');
    for (const name of ['x1', 'x2', 'x3']) {
      await run(`query ${name} { ${name} }`);
      await run(`query ${name} { ${name}: __typename }`);
    }
    await send(`${gateway.url}/graphql`, { method: 'POST', body: '{' });
    const after = await latencies(gateway);
    const more = (key: string) => (after.get(key) ?? 0) - (before.get(key) ?? 0);
    expect(more('me OK')).toBe(3);
    expect(more('me UNAUTHENTICATED')).toBe(1);
    expect(more('several OK')).toBe(1);
    expect(more('introspection OK')).toBe(4);
    expect(more('none GRAPHQL_VALIDATION_FAILED')).toBe(3);
    expect(more('none BAD_REQUEST')).toBe(1);
    const operations = new Set([...after.keys()].map((key) => key.split(' ')[0] ?? ''));
    for (const name of operations)
      expect(name).toMatch(/^(none|several|introspection|me|user|login|register|verifyEmail)$/);
  });

  it('is silent at the default level while nothing fails', async () => {
    const quiet = await start();
    await signIn(quiet, await registerAndVerify(quiet));
    await send(`${quiet.url}/nowhere`);
    await sleep(200);
    expect(requestsIn(quiet)).toEqual([]);
  });
});

describeOnPostgres('the request log of failures', ({ start }) => {
  it('logs slow and failed requests at info, with the request id of the response', async () => {
    const gateway = await start();
    const account = await registerAndVerify(gateway);
    const { accessToken } = await signIn(gateway, account);
    const sql = openDatabase(gateway);
    const me = () => gateway.client.runRaw('{ mine: me { id email } }', {}, { token: accessToken });

    const locker = await sql.reserve();
    await locker`begin`;
    await locker`lock table users in access exclusive mode`;
    const asking = me();
    await sleep(1500);
    await locker`commit`;
    locker.release();
    const slow = await asking;
    expectData(slow);
    const line = await lineOf(gateway, slow.headers['x-request-id']);
    expect(line).toMatchObject({ level: INFO, operation: 'me', status: 200 });
    expect(line.milliseconds).toBeGreaterThan(1000);

    await sql`alter table users rename to users_away`;
    const failed = await me();
    await sql`alter table users_away rename to users`;
    const { requestId } = expectCode(failed, 'INTERNAL_SERVER_ERROR');
    expect(requestId).toBe(failed.headers['x-request-id']);
    expect(await lineOf(gateway, requestId)).toMatchObject({
      level: INFO,
      operation: 'me',
      outcome: 'INTERNAL_SERVER_ERROR',
    });
    const faults = parsed(gateway.logs()).filter((one) => one.requestId === requestId && one.level === 50);
    expect(faults).toMatchObject([{ msg: 'unexpected error', field: 'me' }]);
    await sql.end();
  });
});

describe('an HTTP 500 response', () => {
  it('is logged with the request id of the response', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const app = Fastify({ genReqId: () => 'the-id' });
    answerErrors(app, log);
    logRequests(app, log, new Metrics());
    app.get('/fails', async () => {
      throw new TypeError('secret of the inside');
    });
    const answer = await app.inject('/fails');
    expect(answer.statusCode).toBe(500);
    expect(answer.json().errors[0].extensions).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      requestId: 'the-id',
    });
    expect(answer.body).not.toContain('secret');
    expect(parsed(lines.join(''))).toMatchObject([
      { level: 50, msg: 'unexpected error', requestId: 'the-id' },
      { level: INFO, msg: 'request', requestId: 'the-id', path: '/fails', status: 500 },
    ]);
    await app.close();
  });
});
