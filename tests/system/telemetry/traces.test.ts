import { randomBytes } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { MeDocument, RefreshTokenDocument } from '../../generated/graphql.js';
import {
  login,
  register,
  registerAndVerify,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { describeOnRedis } from '../../support/backends.js';
import { startBreachService } from '../../support/breach-service.js';
import { expectCode, expectData, type RunOptions } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { logLines } from '../../support/log-lines.js';
import { tokenIn } from '../../support/mailbox.js';
import { type OpenIdProvider, settingsOf, startOpenIdProvider } from '../../support/openid-provider.js';
import { atProvider, begin, openCallback } from '../../support/openid-sign-in.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../../support/otlp-receiver.js';
import { changeEmail, changePassword, requestReset, resetBy } from '../../support/recovery.js';
import { me } from '../../support/sessions.js';
import { freePort, until } from '../../support/wait.js';

const SERVER = 2;
const PRODUCER = 4;
const CONSUMER = 5;

/** A caller in front of the gateway, which has begun a trace. */
function caller() {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  const options: RunOptions = { headers: { traceparent: `00-${traceId}-${spanId}-01` } };
  return { traceId, spanId, options };
}

/** The names from the first span down to each span: `login > Mutation.login > transaction`. */
function paths(trace: readonly ReceivedSpan[]): string[] {
  const byId = new Map(trace.map((span) => [span.spanId, span]));
  const pathOf = (span: ReceivedSpan): string => {
    const parent = byId.get(span.parentSpanId);
    return parent === undefined ? span.name : `${pathOf(parent)} > ${span.name}`;
  };
  return trace.map(pathOf);
}

describeOnRedis('the traces', ({ start }) => {
  let receiver: OtlpReceiver;
  let gateway: Gateway;
  let provider: OpenIdProvider;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    const port = await freePort();
    provider = await startOpenIdProvider('corp', { gatewayUrl: `http://127.0.0.1:${port}` });
    const breaches = await startBreachService();
    gateway = await start({
      port,
      env: {
        ...settingsOf(provider),
        BREACHED_PASSWORDS_URL: breaches.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a%20test,service.name=other',
        OTEL_SERVICE_NAME: 'accounts',
        RATE_LIMIT_ENABLED: 'true',
        RATE_LIMITS: 'register=100/60,login=100/60',
        LOG_LEVEL: 'debug',
        TRUST_PROXY: '127.0.0.1',
      },
    });
  });

  it('join the trace of the caller, and have a tree for a sign-in', async () => {
    const account = await registerAndVerify(gateway);
    const { traceId, spanId, options } = caller();
    expectData(await login(gateway, account, {}, options));
    const trace = await receiver.trace(traceId);
    const [first] = trace.filter(({ parentSpanId }) => parentSpanId === spanId);
    expect(first).toMatchObject({ name: 'login', kind: SERVER, hasFailed: false });
    expect(first?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'gatehouse.outcome': 'OK',
    });
    const found = paths(trace);
    expect(found).toEqual(
      expect.arrayContaining([
        'login',
        'login > Mutation.login',
        'login > Mutation.login > EVAL increment',
        'login > Mutation.login > SELECT users',
        'login > Mutation.login > password hashing > password hashing turn',
        'login > Mutation.login > transaction > INSERT sessions',
        'login > Mutation.login > transaction > INSERT audit_events',
      ]),
    );
    expect(found.filter((path) => !path.startsWith('login'))).toEqual([]);
    const byId = new Map(trace.map((span) => [span.spanId, span]));
    for (const { start, end, parentSpanId } of trace) {
      expect(end).toBeGreaterThanOrEqual(start);
      const parent = byId.get(parentSpanId);
      if (parent !== undefined) expect(start).toBeGreaterThanOrEqual(parent.start);
    }
    expect(first?.resource).toMatchObject({
      'service.name': 'accounts',
      'deployment.environment.name': 'a test',
      'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('have a tree for me and for refreshToken', async () => {
    const { accessToken, refreshToken } = await signIn(gateway, await registerAndVerify(gateway));
    const reading = caller();
    expectData(await gateway.client.run(MeDocument, {}, { token: accessToken, ...reading.options }));
    const read = paths(await receiver.trace(reading.traceId));
    expect(read).toEqual(expect.arrayContaining(['me', 'me > Query.me', 'me > Query.me > SELECT users']));
    const refreshing = caller();
    expectData(await gateway.client.run(RefreshTokenDocument, { refreshToken }, refreshing.options));
    expect(paths(await receiver.trace(refreshing.traceId))).toEqual(
      // One statement rotates the token and records that.
      expect.arrayContaining(['refreshToken > Mutation.refreshToken > UPDATE sessions']),
    );
  });

  it('link the job that sends a mail to the registration that stored it', async () => {
    const { traceId, options } = caller();
    // Answers of the breach service are cached by password.
    const account = someone({ password: `Pw-${randomBytes(12).toString('hex')}!` });
    expectData(await register(gateway, account, options));
    await verificationMail(gateway, account.email);
    const trace = await receiver.trace(traceId);
    expect(paths(trace)).toEqual(
      expect.arrayContaining([
        'register > Mutation.register > breach service',
        'register > Mutation.register > transaction > enqueue mail > INSERT jobs.job',
      ]),
    );
    const stored = trace.find(({ kind }) => kind === PRODUCER);
    const isLinked = ({ links }: ReceivedSpan) => links.some(({ spanId }) => spanId === stored?.spanId);
    const job = await until('the span of the job', () => receiver.spans.find(isLinked));
    expect(job).toMatchObject({ name: 'job mail', kind: CONSUMER, parentSpanId: '' });
    expect(job.links).toEqual([expect.objectContaining({ traceId, spanId: stored?.spanId })]);
    expect(job.traceId).not.toBe(traceId);
    const sending = receiver.spans.filter((span) => span.traceId === job.traceId);
    expect(paths(sending)).toEqual(
      expect.arrayContaining(['job mail > render mail', 'job mail > send mail']),
    );
    expect(logLines(gateway)).toContainEqual(
      expect.objectContaining({ msg: 'mail sent', template: 'verify-email', traceId: job.traceId }),
    );
  });

  it('have the requests to an identity provider, without its code and state', async () => {
    const sub = 'a-subject-of-the-provider';
    const email = 'person@provider.example.com';
    provider.people.set(sub, { email, email_verified: true });
    const callback = await atProvider(gateway, await begin(gateway, 'corp'), sub);
    const { searchParams } = new URL(callback);
    expect((await openCallback(callback)).status).toBe(303);
    const name = 'GET /identity-providers/corp/callback';
    const first = await until('the span', () => receiver.spans.find((span) => span.name === name));
    const trace = await receiver.trace(first.traceId);
    expect(paths(trace)).toEqual(
      expect.arrayContaining([name, `${name} > identity provider`, `${name} > INSERT one_time_tokens`]),
    );
    const asked = trace.filter((span) => span.name === 'identity provider');
    expect(asked[0]?.attributes).toEqual({
      'http.request.method': 'POST',
      'server.address': '127.0.0.1',
      'http.response.status_code': 200,
    });
    const received = receiver.bytes();
    for (const secret of [...searchParams.values(), sub, email]) {
      if (!secret.startsWith('http')) expect(received.includes(secret)).toBe(false);
    }
  });

  it('are named in the log lines of their requests', async () => {
    const { traceId, options } = caller();
    expectCode(await login(gateway, someone(), {}, options), 'INVALID_CREDENTIALS');
    const [first] = (await receiver.trace(traceId)).filter(({ kind }) => kind === SERVER);
    expect(first).toMatchObject({ name: 'login', hasFailed: false });
    expect(first?.attributes).toMatchObject({
      'gatehouse.outcome': 'INVALID_CREDENTIALS',
      'error.type': 'INVALID_CREDENTIALS',
    });
    const lines = logLines(gateway).filter(({ requestId }) => requestId !== undefined);
    const ofTrace = lines.filter((line) => line.traceId === traceId);
    expect(ofTrace).toEqual([
      expect.objectContaining({ msg: 'request', requestId: first?.attributes['gatehouse.request_id'] }),
    ]);
  });

  it('follow the decision of the caller not to sample', async () => {
    const silent = caller();
    const headers = { traceparent: `00-${silent.traceId}-${silent.spanId}-00` };
    expectCode(await login(gateway, someone(), {}, { headers }), 'INVALID_CREDENTIALS');
    const after = caller();
    expectCode(await login(gateway, someone(), {}, after.options), 'INVALID_CREDENTIALS');
    await receiver.trace(after.traceId);
    expect(receiver.spans.filter(({ traceId }) => traceId === silent.traceId)).toEqual([]);
    expect(logLines(gateway)).toContainEqual(
      expect.objectContaining({ msg: 'request', traceId: silent.traceId }),
    );
  });

  it('contain nothing of a person or of the text of a client', async () => {
    const id = () => randomBytes(12).toString('hex');
    const canaries = new Map<string, string>();
    const canary = (name: string, text: string) => {
      expect(text.length, name).toBeGreaterThan(8);
      canaries.set(name, text);
      return text;
    };
    const person = {
      username: canary('username', `u${id()}`),
      email: canary('address', `a${id()}@example.com`),
      password: canary('password', `Pw-${id()}!`),
    };
    const { traceId, options } = caller();
    const asCanary: RunOptions = {
      headers: {
        ...options.headers,
        tracestate: canary('tracestate', `vendor=t${id()}`),
        baggage: `user=${canary('baggage', `b${id()}`)}`,
        'user-agent': canary('user agent', `Agent-${id()}`),
        'x-forwarded-for': canary('address of the client', '203.0.113.177'),
      },
    };
    const run = (query: string, variables: unknown = {}) => gateway.client.runRaw(query, variables, asCanary);
    expectData(await register(gateway, person, asCanary));
    const verification = tokenIn(await verificationMail(gateway, person.email));
    canary('verification token', verification);
    await run('mutation ($token: String!) { verifyEmail(token: $token) { __typename } }', {
      token: verification,
    });
    const signedIn = await signIn(gateway, person, {}, asCanary);
    const token = canary('access token', signedIn.accessToken);
    canary('refresh token', signedIn.refreshToken ?? '');
    const { id: userId } = expectData(await me(gateway, signedIn)).me as { id: string };
    canary('user id', userId);
    const wrong = { ...person, password: canary('wrong password', `Wrong-${id()}!`) };
    expectCode(await login(gateway, wrong, {}, asCanary), 'INVALID_CREDENTIALS');
    const stranger = { username: canary('unknown identifier', `x${id()}`), password: 'Wrong-password-1!' };
    expectCode(await login(gateway, stranger, {}, asCanary), 'INVALID_CREDENTIALS');
    await gateway.client.run(RefreshTokenDocument, { refreshToken: canary('forged token', `ghr_${id()}`) });
    const named = canary('name of the operation', `Op${id()}`);
    const alias = canary('alias', `al${id()}`);
    await run(`query ${named} { ${alias}: me { id } }`);
    await run(`query ${canary('unknown field', `f${id()}`)} { nothing`);
    await run(`{ ${canary('field that does not exist', `g${id()}`)} }`);
    await changePassword(gateway, token, person.password, canary('new password', `New-${id()}!`));
    await changeEmail(gateway, token, person, canary('new address', `n${id()}@example.com`));
    await requestReset(gateway, person.email);
    await resetBy(gateway, canary('reset token', `ghp_${id()}`), canary('reset password', `Res-${id()}!`));
    await send(`${gateway.url}/graphql?secret=${canary('query of the URL', `q${id()}`)}`, { method: 'POST' });

    // The error of the driver contains the row.
    const database = openDatabase(gateway);
    await database.unsafe('alter table users add constraint planted check (username not like $$planted%$$)');
    const unlucky = someone({ username: canary('username in a row', `planted${id()}`.slice(0, 30)) });
    canary('address in a row', unlucky.email);
    const failing = caller();
    expectCode(await register(gateway, unlucky, failing.options), 'INTERNAL_SERVER_ERROR');
    await database.unsafe('alter table users drop constraint planted');
    const failed = (await receiver.trace(failing.traceId)).filter(({ hasFailed }) => hasFailed);
    expect(failed.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual(
      expect.arrayContaining([
        ['INSERT users', '23514'],
        ['register', 'INTERNAL_SERVER_ERROR'],
      ]),
    );

    await receiver.trace(traceId);
    const received = receiver.bytes();
    const leaks = [...canaries].filter(([, text]) =>
      [text, Buffer.from(text).toString('base64').replace(/=+$/, ''), encodeURIComponent(text)].some(
        (shape) => received.includes(shape),
      ),
    );
    expect(leaks.map(([name]) => name)).toEqual([]);
    // The names are those of the schema, the tables and the code.
    const names = [...new Set(receiver.spans.map(({ name }) => name))];
    const known = /^([A-Za-z_.]+( [a-z_.-]+| \/graphql)?( turn)?|GET \/identity-providers\/corp\/callback)$/;
    expect(names.filter((name) => !known.test(name))).toEqual([]);
  });

  it('of the last second arrive before the process ends', async () => {
    const { traceId, options } = caller();
    expectCode(await login(gateway, someone(), {}, options), 'INVALID_CREDENTIALS');
    expect(await gateway.stop()).toBe(0);
    expect(paths(await receiver.trace(traceId))).toContain('login > Mutation.login');
  });
});
