import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';
import { openFeed, requestFeed, SERVICE_TOKEN } from '../../support/session-feed.js';
import { logout } from '../../support/sessions.js';
import { sleep, until } from '../../support/wait.js';

const OTHER_TOKEN = 'token-of-another-service-02';

describeOnPostgresFirst('the feed of ended sessions', ({ start }) => {
  let gateway: Gateway;

  /** A session that has just ended. */
  const endedSession = async () => {
    const session = await signIn(gateway, account);
    expectData(await logout(gateway, session));
    return session.session.id;
  };
  let account: Awaited<ReturnType<typeof registerAndVerify>>;

  beforeAll(async () => {
    gateway = await start({ listen: true, env: { SERVICE_TOKENS: `${SERVICE_TOKEN}, ${OTHER_TOKEN}` } });
    account = await registerAndVerify(gateway);
  });

  it('is not there without SERVICE_TOKENS', async () => {
    const bare = await start();
    const headers = { authorization: `Bearer ${SERVICE_TOKEN}` };
    expect((await send(`${bare.url}/session-ends`, { headers })).status).toBe(404);
  });

  it('is only for bearers of a service token', async () => {
    const { accessToken } = await signIn(gateway, account);
    const refused = [
      undefined,
      '',
      'Bearer',
      `Bearer ${accessToken}`,
      `Basic ${SERVICE_TOKEN}`,
      SERVICE_TOKEN,
      `Bearer ${SERVICE_TOKEN}x`,
      `Bearer ${SERVICE_TOKEN.slice(1)}`,
      `Bearer ${SERVICE_TOKEN.toUpperCase()}`,
      `Bearer ${SERVICE_TOKEN},${OTHER_TOKEN}`,
      `Bearer ${SERVICE_TOKEN} ${OTHER_TOKEN}`,
    ];
    for (const authorization of refused) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const answer = await send(`${gateway.url}/session-ends?access_token=${SERVICE_TOKEN}`, { headers });
      expect(answer.status, authorization).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.headers['cache-control']).toBe('no-store');
    }
    for (const token of [SERVICE_TOKEN, OTHER_TOKEN]) (await openFeed(gateway, { token })).close();
  });

  it('answers GET only', async () => {
    const headers = { authorization: `Bearer ${SERVICE_TOKEN}` };
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE'])
      expect((await send(`${gateway.url}/session-ends`, { method, headers })).status, method).toBe(404);
  });

  it('has headers with which no proxy holds it back or keeps it', async () => {
    const feed = await openFeed(gateway);
    const { headers } = feed.response;
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('content-encoding')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toBeTruthy();
    feed.close();
  });

  it('begins with the ends so far, beats, and goes on with new ends', async () => {
    const before = await endedSession();
    const feed = await openFeed(gateway);
    await until('the first beat', () => feed.events.some(({ type }) => type === 'beat'), 5000, 5);
    const firstBeat = feed.events.findIndex(({ type }) => type === 'beat');
    expect(feed.events.slice(0, firstBeat).map(({ data }) => JSON.parse(data).sid)).toContain(before);
    const endedAt = performance.now();
    const after = await endedSession();
    await until('the end', () => feed.ended.has(after), 5000, 5);
    expect((feed.ended.get(after) as number) - endedAt).toBeLessThan(2000);
    const [event] = feed.events.filter(({ data }) => data.includes(after));
    expect(JSON.parse(event?.data ?? '')).toEqual({ sid: after, endedAt: expect.stringMatching(/^20.*Z$/) });
    expect(event?.lastEventId).toMatch(/^[\x21-\x7e]+$/);
    await feed.beat();
    feed.close();
  });

  it('beats at least once a second', async () => {
    const feed = await openFeed(gateway);
    await sleep(4000);
    const beats = feed.events.filter(({ type }) => type === 'beat').map(({ at }) => at);
    feed.close();
    const gaps = beats.slice(1).map((at, index) => at - (beats[index] as number));
    expect(gaps.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...gaps)).toBeLessThan(1000);
  });

  it('goes on after the id of any event: with all ends that followed, and without those before a beat', async () => {
    const early = await endedSession();
    const feed = await openFeed(gateway);
    await feed.beat();
    const atBeat = feed.lastEventId;
    const late = [await endedSession(), await endedSession(), await endedSession()];
    await until('the ends', () => late.every((sid) => feed.ended.has(sid)), 5000);
    const resumed = await openFeed(gateway, { lastEventId: atBeat });
    await resumed.beat();
    expect([...resumed.ended.keys()].sort()).toEqual([...late].sort());
    expect(resumed.ended.has(early)).toBe(false);
    for (const [index, sid] of late.entries()) {
      const { lastEventId } = feed.events.find(({ data }) => data.includes(sid)) ?? {};
      const again = await openFeed(gateway, { lastEventId });
      await again.beat();
      for (const other of late.slice(index + 1)) expect(again.ended.has(other)).toBe(true);
      again.close();
    }
    for (const one of [feed, resumed]) one.close();
  });

  it('begins from the start if Last-Event-ID is hostile, foreign or from the future', async () => {
    const sid = await endedSession();
    const feed = await openFeed(gateway);
    await feed.beat();
    const [server = ''] = feed.lastEventId.split(':');
    feed.close();
    const hostile = [
      '',
      '0',
      'start',
      "'; drop table sessions; --",
      '\u00ff\u00fe',
      'x'.repeat(7000),
      `${server}:1:1`,
      `${server}:5:1:`,
      `${server}:1:9:3,2`,
      `${server}:9223372036854775807:9223372036854775807:`,
      `${server}:99999999999999999999:99999999999999999999:`,
      `${'A'.repeat(16)}:9:9:`,
      `${server}:NaN:1:`,
      `${server}:1:1:${'1,'.repeat(400)}1`,
      `${server}:9000000000:9000000000:`,
      `${server}:1:9000000000:8999999999`,
    ];
    for (const lastEventId of hostile) {
      const stream = await openFeed(gateway, { lastEventId });
      await until('the start', () => stream.ended.has(sid), 5000, 5).catch(() => {
        throw new Error(`no full snapshot for ${lastEventId.slice(0, 60)}`);
      });
      stream.close();
    }
    expect(gateway.logs()).not.toMatch(/unexpected error|cannot read the session ends/);
  });

  it('gives many streams that connect at once the same ends', async () => {
    const sid = await endedSession();
    const feeds = await Promise.all(Array.from({ length: 100 }, () => openFeed(gateway)));
    const late = await endedSession();
    for (const feed of feeds) {
      await until('both ends', () => feed.ended.has(sid) && feed.ended.has(late), 10_000);
      feed.close();
    }
  });

  it('ends when the gateway stops, and holds up no stop', async () => {
    const stopping = await start({ listen: true, env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    const feeds = await Promise.all(Array.from({ length: 10 }, () => openFeed(stopping)));
    await Promise.all(feeds.map((feed) => feed.beat()));
    const startedAt = performance.now();
    await stopping.stop();
    expect(performance.now() - startedAt).toBeLessThan(4000);
    await until('the ends of the streams', () => feeds.every(({ isOver }) => isOver), 2000);
    await expect(requestFeed(stopping)).rejects.toThrow();
  });

  it('has no id of a session that nobody ended', async () => {
    const { session } = await signIn(gateway, account);
    const feed = await openFeed(gateway);
    await feed.beat();
    expect(feed.ended.has(session.id)).toBe(false);
    expect(feed.ended.has(randomUUID())).toBe(false);
    feed.close();
  });
});
