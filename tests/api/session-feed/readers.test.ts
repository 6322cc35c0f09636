import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { openFeed, SERVICE_TOKEN } from '../../support/session-feed.js';
import { sleep, until } from '../../support/wait.js';

/** Ends of sessions that never were: the feed reads only this table. */
const endMany = (gateway: Gateway, count: number) =>
  openDatabase(gateway)`insert into session_ends (session_id, user_id, reason)
    select gen_random_uuid(), gen_random_uuid(), 'REVOKED' from generate_series(1, ${count})`;

/** A stream whose reader takes nothing. */
function openStuck(gateway: Gateway): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: gateway.port, host: '127.0.0.1' });
    socket.once('error', reject);
    socket.write(`GET /session-ends HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${SERVICE_TOKEN}\r\n\r\n`);
    socket.once('data', () => {
      socket.pause();
      resolve(socket);
    });
  });
}

const metric = async (gateway: Gateway, name: string) => {
  const { text } = await send(`${gateway.url}/metrics`);
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};

/** While 35,000 rows are inserted, a node may fall behind the ends of sessions and refuse new streams for a moment. */
const openWhenFresh = (gateway: Gateway) =>
  until('a stream', async () => {
    try {
      return await openFeed(gateway);
    } catch (error) {
      if (String(error).includes('503')) return undefined;
      throw error;
    }
  });

describeOnPostgres('the feed with many readers', ({ start }) => {
  it('disconnects a reader that takes nothing, and does not delay the others', async () => {
    const gateway = await start({ listen: true, env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    const stuck = await openStuck(gateway);
    const good = await openFeed(gateway);
    await good.beat();
    expect(await metric(gateway, 'gatehouse_session_feed_streams')).toBe(2);
    let count = 0;
    await until(
      'the disconnection',
      async () => {
        await endMany(gateway, 10_000);
        count += 10_000;
        await sleep(200);
        return (await metric(gateway, 'gatehouse_session_feed_slow_readers_total')) === 1;
      },
      60_000,
    );
    await until('all ends', () => good.ended.size === count);
    expect(await metric(gateway, 'gatehouse_session_feed_streams')).toBe(1);
    expect(good.isOver).toBe(false);
    good.close();
    stuck.destroy();
    await until('no stream', async () => (await metric(gateway, 'gatehouse_session_feed_streams')) === 0);
  });

  it('sends a backlog of many pages, with the ends that are committed while they read it', async () => {
    const gateway = await start({ listen: true, env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    await endMany(gateway, 35_000);
    const feeds = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await sleep(index * 50);
        await endMany(gateway, 10);
        return openWhenFresh(gateway);
      }),
    );
    await endMany(gateway, 10);
    for (const feed of feeds) {
      await until('all ends', () => feed.ended.size === 35_090, 20_000);
      await feed.beat();
      feed.close();
    }
  });

  it('sends the whole backlog to a reader that resumes after very many ends', async () => {
    const gateway = await start({ listen: true, env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    const feed = await openFeed(gateway);
    await feed.beat();
    const { lastEventId } = feed;
    feed.close();
    await endMany(gateway, 25_000);
    const resumed = await openFeed(gateway, { lastEventId });
    await until('all ends', () => resumed.ended.size === 25_000, 20_000);
    resumed.close();
  });

  it('reads the database as often for a hundred streams as for one', async () => {
    const gateway = await start({ listen: true, env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    const sql = openDatabase(gateway, 1);
    const transactions = async () => {
      const [row] = await sql`select xact_commit from pg_stat_database where datname = current_database()`;
      return Number(row?.xact_commit);
    };
    /** Transactions in a few seconds. Connections report theirs once a second. */
    const measure = async () => {
      const before = await transactions();
      await sleep(4000);
      return (await transactions()) - before;
    };
    const feeds = [await openFeed(gateway)];
    await feeds[0]?.beat();
    const ofOne = await measure();
    for (let n = 1; n < 100; n += 1) feeds.push(await openFeed(gateway));
    await Promise.all(feeds.map((feed) => feed.beat()));
    await sleep(1500);
    const ofHundred = await measure();
    expect(ofOne).toBeGreaterThan(5);
    expect(ofHundred).toBeLessThan(2 * ofOne + 20);
    for (const feed of feeds) feed.close();
  });
});
