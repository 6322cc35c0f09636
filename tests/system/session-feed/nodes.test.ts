import { beforeAll, expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { type FeedClient, openFeed, SERVICE_TOKEN } from '../../support/session-feed.js';
import { sleep, until } from '../../support/wait.js';

const SESSIONS = 1000;
const CONNECTIONS = 40;
const MAX_DELAY_MS = 1000;

describeOnPostgres('the feeds of two nodes', ({ start }) => {
  let nodes: [Gateway, Gateway];

  beforeAll(async () => {
    const first = await start({ env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    nodes = [first, await startGateway({ peer: first })];
  });

  const makeSessions = async (count: number): Promise<string[]> => {
    const { user } = await signIn(nodes[0], await registerAndVerify(nodes[0]));
    const rows = await openDatabase(nodes[0])`insert into sessions (user_id, remembered, amr, expires_at)
      select ${user.id}, false, '{pwd}', now() + interval '1 day' from generate_series(1, ${count}) returning id`;
    return rows.map(({ id }) => id);
  };

  it(`have all and only the ends of ${SESSIONS} sessions within a second, in whatever order they commit, and across cuts`, async () => {
    const ids = await makeSessions(SESSIONS);
    const steady = await Promise.all([...nodes, ...nodes].map((node) => openFeed(node)));
    const committedAt = new Map<string, number>();
    const rolledBack = new Set<string>();
    let isOver = false;

    /** A reader that is cut again and again and goes on at the other node: what it has got, and from where it goes on. */
    const restless = async (seed: number) => {
      const got = new Set<string>();
      let lastEventId: string | undefined;
      let cuts = 0;
      for (; !isOver; cuts += 1) {
        const feed = await openFeed(nodes[(seed + cuts) % 2] as Gateway, { lastEventId });
        await sleep(Math.random() * 600);
        feed.close();
        for (const sid of feed.ended.keys()) got.add(sid);
        lastEventId = feed.lastEventId || lastEventId;
      }
      const feed: FeedClient = await openFeed(nodes[seed % 2] as Gateway, { lastEventId });
      await feed.beat();
      for (const sid of feed.ended.keys()) got.add(sid);
      feed.close();
      return { got, cuts };
    };
    const readers = [0, 1, 2].map(restless);

    const sql = openDatabase(nodes[0], CONNECTIONS);
    const left = [...ids];
    const worker = async (index: number) => {
      const connection = await sql.reserve();
      for (let batch = left.splice(0, 5); batch.length > 0; batch = left.splice(0, 5)) {
        const isRolledBack = Math.random() < 0.2;
        await connection`begin`;
        for (const id of batch) {
          await connection`update sessions set revoked_at = now() where id = ${id}`;
          await sleep(Math.random() * 100);
        }
        // Some take seconds.
        await sleep(index % 8 === 0 ? 2500 : Math.random() * 200);
        await connection.unsafe(isRolledBack ? 'rollback' : 'commit');
        for (const id of batch) {
          if (isRolledBack) rolledBack.add(id);
          else committedAt.set(id, performance.now());
        }
      }
      connection.release();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => worker(index)));
    expect(committedAt.size + rolledBack.size).toBe(SESSIONS);
    expect(rolledBack.size).toBeGreaterThan(50);

    const committed = [...committedAt.keys()].sort();
    for (const feed of steady) await feed.beat();
    for (const [index, feed] of steady.entries()) {
      expect([...feed.ended.keys()].sort(), `stream ${index}`).toEqual(committed);
      const delays = committed.map((id) => (feed.ended.get(id) as number) - (committedAt.get(id) as number));
      expect(Math.max(...delays), `stream ${index}`).toBeLessThan(MAX_DELAY_MS);
      feed.close();
    }
    isOver = true;
    for (const reader of readers) {
      const { got, cuts } = await reader;
      expect(cuts).toBeGreaterThan(3);
      expect([...got].sort()).toEqual(committed);
    }
  });

  it('report an end that is still uncommitted when a stream begins, after its commit', async () => {
    const [slow = '', quick = ''] = await makeSessions(2);
    const sql = openDatabase(nodes[0]);
    const connection = await sql.reserve();
    await connection`begin`;
    await connection`update sessions set revoked_at = now() where id = ${slow}`;
    await sql`update sessions set revoked_at = now() where id = ${quick}`;
    const feed = await openFeed(nodes[1]);
    await feed.beat();
    await feed.beat();
    expect(feed.ended.has(quick)).toBe(true);
    expect(feed.ended.has(slow)).toBe(false);
    const { lastEventId } = feed;
    feed.close();
    await connection`commit`;
    connection.release();
    for (const [node, since] of [
      [nodes[0], lastEventId],
      [nodes[1], lastEventId],
      [nodes[0], undefined],
    ] as const) {
      const later = await openFeed(node, { lastEventId: since });
      await until('the end', () => later.ended.has(slow), 1000, 10);
      later.close();
    }
  });

  it('end at SIGTERM, and the process exits promptly', async () => {
    const [staying, stopping] = nodes;
    const feeds = await Promise.all(Array.from({ length: 50 }, () => openFeed(stopping)));
    await Promise.all(feeds.map((feed) => feed.beat()));
    const [id = ''] = await makeSessions(1);
    const startedAt = performance.now();
    const status = stopping.stop();
    expect(await status).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(4000);
    await until('the ends of the streams', () => feeds.every(({ isOver }) => isOver), 2000);
    expect(stopping.logs()).not.toMatch(/"level":[56]0/);
    // They go on at another node.
    await openDatabase(staying)`update sessions set revoked_at = now() where id = ${id}`;
    const resumed = await openFeed(staying, { lastEventId: feeds[0]?.lastEventId });
    await until('the end', () => resumed.ended.has(id), 2000, 10);
    resumed.close();
  });
});
