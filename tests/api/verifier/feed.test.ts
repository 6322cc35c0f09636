import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TokenError, type Verifier } from '../../../src/verifier/index.js';
import {
  beatFrame,
  endedFrame,
  type FakeGateway,
  SERVICE_TOKEN,
  startFakeGateway,
} from '../../support/fake-gateway.js';
import { sleep, until } from '../../support/wait.js';

const outcome = (verifier: Verifier, token: string) =>
  verifier.verify(`Bearer ${token}`).then(
    ({ stale }) => (stale ? 'stale' : 'accepted'),
    (error) => (error as TokenError).reason,
  );

const isSilent = (gateway: FakeGateway) => {
  gateway.send = () => {};
};

describe.concurrent('the feed of a verifier', () => {
  it('is asked for with the token of the service, and resumed with the last id', async () => {
    const gateway = await startFakeGateway();
    const verifier = gateway.verifier();
    await verifier.ready();
    expect(gateway.feedRequests[0]).toMatchObject({
      authorization: `Bearer ${SERVICE_TOKEN}`,
      accept: 'text/event-stream',
    });
    expect(gateway.feedRequests[0]).not.toHaveProperty('last-event-id');
    const sid = randomUUID();
    const send = gateway.send;
    // No beat replaces the id.
    isSilent(gateway);
    send(endedFrame(sid, 'cursor-7'));
    const ended = await gateway.sign({ sid });
    await until('the end', async () => (await outcome(verifier, ended)) === 'SESSION_REVOKED', 2000, 5);
    gateway.cut();
    await until('another connection', () => gateway.feedRequests[1]);
    expect(gateway.feedRequests[1]?.['last-event-id']).toBe('cursor-7');
  });

  it.each(['', 'data: {}\n'])('is followed if its beats have no details: %j', async (data) => {
    const gateway = await startFakeGateway();
    const frame = `event: beat\n${data}\n`;
    gateway.preamble = () => frame;
    const send = gateway.send;
    isSilent(gateway);
    const verifier = gateway.verifier({ maxStaleness: 1 });
    await verifier.ready();
    const [live, sid] = [await gateway.sign(), randomUUID()];
    expect(await outcome(verifier, live)).toBe('accepted');
    send(endedFrame(sid));
    const ended = await gateway.sign({ sid });
    await until('the end', async () => (await outcome(verifier, ended)) === 'SESSION_REVOKED');
    await until('the knowledge to be stale', async () => (await outcome(verifier, live)) === 'STALE');
    send(frame);
    await until('a fresh beat', async () => (await outcome(verifier, live)) === 'accepted');
  });

  it('gives its snapshot before the verifier is ready, and no token is accepted before', async () => {
    const gateway = await startFakeGateway();
    const sid = randomUUID();
    let begin: () => void = () => {};
    gateway.preamble = () => {
      begin = () => gateway.send(endedFrame(sid) + beatFrame());
      return endedFrame(randomUUID());
    };
    const send = gateway.send;
    isSilent(gateway);
    const verifier = gateway.verifier();
    const [ended, live] = [await gateway.sign({ sid }), await gateway.sign()];
    expect(await outcome(verifier, live)).toBe('STALE');
    expect(verifier.staleness).toBe(Number.POSITIVE_INFINITY);
    let isReady = false;
    void verifier.ready().then(() => {
      isReady = true;
    });
    await until('the connection', () => gateway.feedRequests[0]);
    await sleep(300);
    expect(isReady).toBe(false);
    expect(await outcome(verifier, live)).toBe('STALE');
    gateway.send = send;
    begin();
    await verifier.ready();
    expect(await outcome(verifier, live)).toBe('accepted');
    expect(await outcome(verifier, ended)).toBe('SESSION_REVOKED');
    expect(verifier.staleness).toBeLessThan(1);
  });

  it('is tried again with growing pauses, also after a refusal, which is reported', {
    timeout: 30_000,
  }, async () => {
    const gateway = await startFakeGateway();
    const errors: string[] = [];
    gateway.status = 401;
    const verifier = gateway.verifier({ onError: ({ message }) => errors.push(message) });
    await until('four attempts', () => gateway.feedRequests.length >= 4);
    expect(errors[0]).toMatch(/status 401 \(is serviceToken one of SERVICE_TOKENS\?\)/);
    expect(errors.join()).not.toContain(SERVICE_TOKEN);
    gateway.status = 503;
    await sleep(500);
    expect(gateway.feedRequests.length).toBeLessThan(8);
    gateway.status = 200;
    await verifier.ready();
    expect(await outcome(verifier, await gateway.sign())).toBe('accepted');
  });
});

describe.concurrent('a stale verifier', () => {
  it('refuses tokens after maxStaleness, and comes back by itself', { timeout: 30_000 }, async () => {
    const gateway = await startFakeGateway();
    const verifier = gateway.verifier({ maxStaleness: 1 });
    await verifier.ready();
    const [sid, token] = [randomUUID(), await gateway.sign()];
    const ended = await gateway.sign({ sid });
    gateway.send(endedFrame(sid));
    await until('the end', async () => (await outcome(verifier, ended)) === 'SESSION_REVOKED', 2000, 5);
    expect(await outcome(verifier, token)).toBe('accepted');
    const send = gateway.send;
    isSilent(gateway);
    gateway.preamble = () => undefined;
    await until('the refusal', async () => (await outcome(verifier, token)) === 'STALE', 2000, 20);
    expect(verifier.staleness).toBeGreaterThan(1);
    expect(await outcome(verifier, ended)).toBe('SESSION_REVOKED');
    // The watchdog closes the silent connection.
    await until('another connection', () => gateway.feedRequests.length > 1, 6000);
    gateway.send = send;
    await until('the return', async () => (await outcome(verifier, token)) === 'accepted', 10_000);
  });

  it('accepts tokens and says so if it is told to, but no session that is known as ended', {
    timeout: 20_000,
  }, async () => {
    const gateway = await startFakeGateway();
    const verifier = gateway.verifier({ maxStaleness: 0.6, onStale: 'accept' });
    await verifier.ready();
    const [sid, token] = [randomUUID(), await gateway.sign()];
    const ended = await gateway.sign({ sid });
    expect(await outcome(verifier, token)).toBe('accepted');
    gateway.send(endedFrame(sid));
    isSilent(gateway);
    gateway.preamble = () => undefined;
    await until('staleness', async () => (await outcome(verifier, token)) === 'stale', 3000, 20);
    expect(await outcome(verifier, ended)).toBe('SESSION_REVOKED');
    expect(await outcome(verifier, await gateway.sign({ exp: 1 }))).toBe('TOKEN_EXPIRED');
  });

  it('does not count beats that were held up on the way as news', { timeout: 20_000 }, async () => {
    const gateway = await startFakeGateway();
    const verifier = gateway.verifier({ maxStaleness: 2 });
    await verifier.ready();
    await sleep(300);
    const send = gateway.send;
    isSilent(gateway);
    gateway.preamble = () => undefined;
    const old = performance.now();
    await sleep(1500);
    // The connection delivers what was sent 1.5 s ago.
    send(beatFrame({ polledAtMs: old }));
    await sleep(50);
    expect(verifier.staleness).toBeGreaterThan(1.4);
    send(beatFrame());
    await until('news', () => verifier.staleness < 0.5, 1000, 5);
  });

  it('is stale after it was closed, and lets nobody wait', async () => {
    const gateway = await startFakeGateway();
    const verifier = gateway.verifier();
    await verifier.ready();
    const token = await gateway.sign();
    expect(await outcome(verifier, token)).toBe('accepted');
    verifier.close();
    expect(await outcome(verifier, token)).toBe('STALE');
    const early = gateway.verifier();
    early.close();
    await expect(early.ready()).rejects.toThrow('closed');
  });
});

describe.concurrent('the life of access tokens', () => {
  it('limits tokens from before it was shortened, because their ends are forgotten', async () => {
    const gateway = await startFakeGateway();
    const send = gateway.send;
    isSilent(gateway);
    gateway.preamble = () => beatFrame({ lifeSeconds: 60 });
    const verifier = gateway.verifier();
    await verifier.ready();
    const time = Math.floor(Date.now() / 1000);
    expect(await outcome(verifier, await gateway.sign({ iat: time - 50, exp: time + 3600 }))).toBe(
      'accepted',
    );
    expect(await outcome(verifier, await gateway.sign({ iat: time - 70, exp: time + 3600 }))).toBe(
      'TOKEN_EXPIRED',
    );
    gateway.send = send;
  });

  it('makes the verifier read all ends again when it was extended', async () => {
    const gateway = await startFakeGateway();
    const [sid, send] = [randomUUID(), gateway.send];
    isSilent(gateway);
    gateway.preamble = () => beatFrame({ lifeSeconds: 60 });
    const verifier = gateway.verifier();
    await verifier.ready();
    gateway.preamble = (headers) =>
      (headers['last-event-id'] === undefined ? endedFrame(sid) : '') + beatFrame({ lifeSeconds: 3600 });
    gateway.cut();
    await until(
      'the end',
      async () => (await outcome(verifier, await gateway.sign({ sid }))) === 'SESSION_REVOKED',
    );
    expect(gateway.feedRequests.map((headers) => headers['last-event-id'])).toEqual([
      undefined,
      'some-cursor',
      undefined,
    ]);
    gateway.send = send;
  });
});

describe('a clock', () => {
  it('makes no token live longer if it is behind the gateway', async () => {
    const gateway = await startFakeGateway();
    const ahead = 3600_000;
    isSilent(gateway);
    gateway.preamble = () => beatFrame({ at: new Date(Date.now() + ahead) });
    const verifier = gateway.verifier();
    await verifier.ready();
    const there = Math.floor((Date.now() + ahead) / 1000);
    expect(await outcome(verifier, await gateway.sign({ iat: there, exp: there + 60 }))).toBe('accepted');
    expect(await outcome(verifier, await gateway.sign())).toBe('TOKEN_EXPIRED');
  });
});

describe('createVerifier', () => {
  it('refuses options that are missing or malformed', async () => {
    const gateway = await startFakeGateway();
    expect(() => gateway.verifier({ issuer: 'auth.example.com' })).toThrow(/jwksUrl must be a URL/);
    expect(() => gateway.verifier({ serviceToken: '' })).toThrow(/serviceToken/);
    expect(() => gateway.verifier({ audience: undefined as unknown as string })).toThrow(/audience/);
    expect(() => gateway.verifier({ maxStaleness: 0 })).toThrow(/maxStaleness/);
  });

  it('makes the URLs from an issuer that ends with a slash', async () => {
    const gateway = await startFakeGateway();
    const verifier = gateway.verifier({ issuer: `${gateway.issuer}/` });
    await verifier.ready();
    expect(await outcome(verifier, await gateway.sign({ iss: `${gateway.issuer}/` }))).toBe('accepted');
  });
});
