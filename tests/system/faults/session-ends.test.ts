import { beforeAll, expect, it } from 'vitest';
import {
  LogoutDocument,
  MeDocument,
  MySessionsDocument,
  RefreshTokenDocument,
} from '../../generated/graphql.js';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { sleep, until } from '../../support/wait.js';

type Session = Awaited<ReturnType<typeof signIn>>;

const me = (gateway: Gateway, { accessToken: token }: Pick<Session, 'accessToken'>) =>
  gateway.client.run(MeDocument, {}, { token });
const reasonOf = async (gateway: Gateway, session: Session) =>
  (await me(gateway, session)).errors[0]?.extensions.reason;

/** Waits until a node refuses a session; how long that took (ms). */
async function millisecondsUntilRefused(gateway: Gateway, session: Session): Promise<number> {
  const since = performance.now();
  await until(
    'the session to be refused',
    async () => (await reasonOf(gateway, session)) === 'SESSION_REVOKED',
    5000,
    10,
  );
  return performance.now() - since;
}

describeOnPostgres('ends of sessions, as another node sees them', ({ start }) => {
  let nodes: [Gateway, Gateway];
  let account: Account;

  const seenByBoth = async () => {
    const session = await signIn(nodes[0], account);
    for (const node of [...nodes, ...nodes]) expectData(await me(node, session));
    return session;
  };

  beforeAll(async () => {
    const first = await start();
    const named = new URL(first.database);
    named.searchParams.set('application_name', 'second-node');
    nodes = [first, await startGateway({ peer: first, database: named.href })];
    account = await registerAndVerify(first);
  });

  it('misses none of 60 that are committed in another order than they were made, and none that is rolled back counts', {
    timeout: 60_000,
  }, async () => {
    const sql = openDatabase(nodes[0]);
    const sessions = await Promise.all(Array.from({ length: 60 }, seenByBoth));
    const late: string[] = [];
    const transactions = sessions.map(async (session, index) => {
      const connection = await sql.reserve();
      const isRolledBack = index % 5 === 0;
      await connection`begin`;
      await connection`update sessions set revoked_at = now() where id = ${session.session.id}`;
      await sleep(Math.random() * 800);
      await connection.unsafe(isRolledBack ? 'rollback' : 'commit');
      connection.release();
      if (isRolledBack) return;
      for (const node of nodes) {
        const took = await millisecondsUntilRefused(node, session);
        if (took > 1000) late.push(`session ${index}: ${Math.round(took)} ms`);
      }
    });
    await Promise.all(transactions);
    expect(late).toEqual([]);
    await sleep(500);
    for (const [index, session] of sessions.entries()) {
      for (const node of nodes) {
        expect(await reasonOf(node, session), `session ${index}`).toBe(
          index % 5 === 0 ? undefined : 'SESSION_REVOKED',
        );
      }
    }
  });

  it('sees an end although another transaction has been writing for seconds', {
    timeout: 30_000,
  }, async () => {
    const sql = openDatabase(nodes[0]);
    const [slow, quick] = [await seenByBoth(), await seenByBoth()];
    const connection = await sql.reserve();
    await connection`begin`;
    await connection`update sessions set revoked_at = now() where id = ${slow.session.id}`;
    await sleep(1500);
    expectData(await nodes[0].client.run(LogoutDocument, {}, { token: quick.accessToken }));
    expect(await millisecondsUntilRefused(nodes[1], quick)).toBeLessThan(1000);
    expectData(await me(nodes[1], slow));
    await connection`commit`;
    connection.release();
    for (const node of nodes) expect(await millisecondsUntilRefused(node, slow)).toBeLessThan(1000);
  });

  it('refuses within a second although the connection that reads the ends is frozen', {
    timeout: 60_000,
  }, async () => {
    const sql = openDatabase(nodes[0]);
    for (let round = 0; round < 3; round += 1) {
      const session = await seenByBoth();
      const [reader] = await sql`select pid from pg_stat_activity
        where application_name = 'second-node' and query like '%session_ends%' and pid <> pg_backend_pid()`;
      process.kill(reader?.pid, 'SIGSTOP');
      try {
        await sleep(round * 200);
        expectData(await nodes[0].client.run(LogoutDocument, {}, { token: session.accessToken }));
        expect(await millisecondsUntilRefused(nodes[1], session)).toBeLessThan(1000);
        const kept = await seenByBoth();
        expectData(await me(nodes[1], kept));
      } finally {
        process.kill(reader?.pid, 'SIGCONT');
      }
      await sleep(300);
      expect(await reasonOf(nodes[1], session)).toBe('SESSION_REVOKED');
    }
  });

  it('goes on although the connection that reads the ends is cut off again and again', {
    timeout: 60_000,
  }, async () => {
    const sql = openDatabase(nodes[0]);
    for (let round = 0; round < 10; round += 1) {
      const session = await seenByBoth();
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'second-node' and query like '%session_ends%' and pid <> pg_backend_pid()`;
      expectData(await nodes[0].client.run(LogoutDocument, {}, { token: session.accessToken }));
      expect(await millisecondsUntilRefused(nodes[1], session)).toBeLessThan(1000);
    }
  });

  it('ends the sessions of a user whose row is deleted', { timeout: 30_000 }, async () => {
    const sql = openDatabase(nodes[0]);
    const doomed = await registerAndVerify(nodes[0]);
    const session = await signIn(nodes[0], doomed);
    for (const node of nodes) expectData(await me(node, session));
    await sql`delete from users where lower(username) = ${doomed.username}`;
    for (const node of nodes) expect(await millisecondsUntilRefused(node, session)).toBeLessThan(1000);
  });

  it('records each end once, with its reason', { timeout: 30_000 }, async () => {
    const sql = openDatabase(nodes[0]);
    const session = await seenByBoth();
    for (let i = 0; i < 2; i += 1) {
      expectData(await nodes[0].client.run(LogoutDocument, {}, { token: session.accessToken }));
    }
    const rows = await sql`select reason from session_ends where session_id = ${session.session.id}`;
    expect(rows.map(({ reason }) => reason)).toEqual(['LOGGED_OUT']);
  });
});

describeOnBackends('sessions of one user', ({ start, backend }) => {
  it('are 100 at most: one more ends the one that was used the longest time ago', {
    timeout: 120_000,
  }, async () => {
    const gateway = await start();
    const account = await registerAndVerify(gateway);
    const first = await signIn(gateway, account);
    const second = await signIn(gateway, account);
    for (let i = 0; i < 49; i += 1) await Promise.all([signIn(gateway, account), signIn(gateway, account)]);
    // The first has been used since, so the second is the one to go.
    const { refreshToken } = expectData(
      await gateway.client.run(RefreshTokenDocument, { refreshToken: first.refreshToken }),
    );
    expectData(await me(gateway, second));
    const last = await signIn(gateway, account);
    expect(await reasonOf(gateway, second)).toBe('SESSION_REVOKED');
    expectData(await me(gateway, { ...first, accessToken: refreshToken.accessToken }));
    const { me: user } = expectData(
      await gateway.client.run(MySessionsDocument, {}, { token: last.accessToken }),
    );
    expect(user?.sessions).toHaveLength(100);
    if (backend !== 'postgres') return;
    const events = await openDatabase(
      gateway,
    )`select details from audit_events where type = 'SESSION_REVOKED'`;
    expect(events.map(({ details }) => details)).toEqual([{ ended: 1, limit: 100 }]);
  });
});
