import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Verifier } from '../../../src/verifier/index.js';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnPostgres, describeOnRedis } from '../../support/backends.js';
import { openDatabase } from '../../support/database.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import { freezable, type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { SERVICE_TOKEN } from '../../support/session-feed.js';
import { outcomeOf, untilOutcome, verifierOf, watch } from '../../support/verifier.js';
import { sleep, until } from '../../support/wait.js';

const MAX_STALENESS_SECONDS = 3;
/** Beyond `maxStaleness`, for the test's own delays on a busy machine. */
const SLACK_MS = 500;

/** Ends a session without the gateway. Returns the time by `performance.now()`. */
async function endBySql(gateway: Gateway, { session }: { session: { id: string } }): Promise<number> {
  const sql = openDatabase(gateway, 1);
  const updated = await sql`update sessions set revoked_at = now() where id = ${session.id}`;
  expect(updated.count).toBe(1);
  return performance.now();
}

describeOnPostgres('a verifier', ({ start }) => {
  let postgres: PostgresServer;
  let gateway: Gateway;
  let account: Account;
  let verifier: Verifier;

  beforeAll(async () => {
    const folder = await freshFolder();
    await chmod(folder, 0o711);
    postgres = await startPostgres(folder);
    gateway = await start({ database: postgres.url, env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    account = await registerAndVerify(gateway);
    verifier = verifierOf(gateway, { maxStaleness: MAX_STALENESS_SECONDS });
    await verifier.ready();
  });
  afterAll(async () => {
    await gateway?.stop('SIGKILL');
    await postgres?.stop('SIGQUIT');
  });

  const signedIn = async () => {
    const session = await signIn(gateway, account);
    await untilOutcome(verifier, session, 'accepted');
    return session;
  };
  /** The verifier knew of the end in time, or said that it knew nothing. */
  const expectAcceptedUntil = (watched: { acceptedAt: number }, endedAt: number) =>
    expect(watched.acceptedAt - endedAt).toBeLessThan(MAX_STALENESS_SECONDS * 1000 + SLACK_MS);

  it('is stale while Postgres is frozen, and comes back by itself', async () => {
    const [session, other] = [await signedIn(), await signedIn()];
    const freeze = freezable(postgres.pid);
    const frozenAt = performance.now();
    freeze('SIGSTOP');
    await untilOutcome(verifier, session, 'STALE', 10_000);
    expect(performance.now() - frozenAt).toBeGreaterThan(MAX_STALENESS_SECONDS * 1000 - 1500);
    freeze('SIGCONT');
    await untilOutcome(verifier, session, 'accepted');
    await endBySql(gateway, session);
    await untilOutcome(verifier, session, 'SESSION_REVOKED', 3000);
    expect(await outcomeOf(verifier, other)).toBe('accepted');
  });

  it('accepts no session that ended while the connection that reads the ends was frozen', async () => {
    const session = await signedIn();
    const watched = watch(verifier, session);
    const sql = openDatabase(gateway, 1);
    const [reader] = await sql`select pid from pg_stat_activity
      where query like '%session_ends%' and query like '%pg_current_snapshot%' and pid <> pg_backend_pid()`;
    process.kill(reader?.pid, 'SIGSTOP');
    const endedAt = await endBySql(gateway, session);
    await untilOutcome(verifier, session, 'SESSION_REVOKED');
    process.kill(reader?.pid, 'SIGCONT');
    expectAcceptedUntil(watched, endedAt);
    watched.stop();
  });

  it('is stale while Postgres is down, and gets a full snapshot of the server that comes back', async () => {
    const [session, other] = [await signedIn(), await signedIn()];
    const endedBefore = await endBySql(gateway, session);
    await untilOutcome(verifier, session, 'SESSION_REVOKED', 3000);
    expect(performance.now() - endedBefore).toBeLessThan(3000);
    // The servers of tests do not flush commits: the last ones would be lost, and the session with them.
    await openDatabase(gateway, 1)`checkpoint`;
    await postgres.stop('SIGQUIT');
    await untilOutcome(verifier, other, 'STALE', 10_000);
    expect(await outcomeOf(verifier, session)).toBe('SESSION_REVOKED');
    await postgres.start();
    await untilOutcome(verifier, other, 'accepted');
    expect(await outcomeOf(verifier, session)).toBe('SESSION_REVOKED');
    const watched = watch(verifier, other);
    const endedAt = await endBySql(gateway, other);
    await untilOutcome(verifier, other, 'SESSION_REVOKED');
    watched.stop();
    expectAcceptedUntil(watched, endedAt);
  });

  it('accepts no session that ended while the gateway was frozen, not at the moment when it goes on either', async () => {
    for (let round = 0; round < 2; round += 1) {
      const session = await signedIn();
      const watched = watch(verifier, session);
      process.kill(gateway.pid, 'SIGSTOP');
      const endedAt = await endBySql(gateway, session);
      await sleep(MAX_STALENESS_SECONDS * 1000 + 1500);
      expect(await outcomeOf(verifier, session)).toBe('STALE');
      process.kill(gateway.pid, 'SIGCONT');
      await untilOutcome(verifier, session, 'SESSION_REVOKED');
      watched.stop();
      expectAcceptedUntil(watched, endedAt);
    }
  });

  it('accepts no session that ended while the gateway was down, and finds it again', async () => {
    const [ended, live] = [await signedIn(), await signedIn()];
    const watched = watch(verifier, ended);
    await gateway.kill();
    const endedAt = await endBySql(gateway, ended);
    gateway = await startGateway({ peer: gateway, port: gateway.port });
    // A restart can be shorter than `maxStaleness`: until then the session may still be accepted.
    await untilOutcome(verifier, ended, 'SESSION_REVOKED');
    await untilOutcome(verifier, live, 'accepted');
    watched.stop();
    expectAcceptedUntil(watched, endedAt);
    await until('a beat of the new process', () => verifier.staleness < 1);
  });
});

describeOnRedis('a verifier of a gateway with Redis', ({ start }) => {
  let redis: RedisServer;
  afterAll(() => redis?.stop('SIGKILL'));

  it('hears of ends while Redis is unavailable', async () => {
    redis = await startRedis(await freshFolder());
    const gateway = await start({ redis: redis.url, env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    const verifier = verifierOf(gateway, { maxStaleness: MAX_STALENESS_SECONDS });
    await verifier.ready();
    const session = await signIn(gateway, await registerAndVerify(gateway));
    await untilOutcome(verifier, session, 'accepted');
    await redis.stop('SIGKILL');
    const endedAt = await endBySql(gateway, session);
    await untilOutcome(verifier, session, 'SESSION_REVOKED', 3000);
    expect(performance.now() - endedAt).toBeLessThan(1000);
    expect(verifier.staleness).toBeLessThan(2);
  });
});
