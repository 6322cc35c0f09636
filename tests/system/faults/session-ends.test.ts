import { beforeAll, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { millisecondsAccepted, refusalReason } from '../../support/session-ends.js';
import { logout, me, type Session } from '../../support/sessions.js';
import { sleep } from '../../support/wait.js';

const MANY = 60;

describeOnPostgres('ends of sessions on another node', ({ start }) => {
  let nodes: [Gateway, Gateway];
  let account: Account;

  const usedOnBoth = async () => {
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

  it(`applies all of ${MANY} ends that commit in another order than they were made, and none that is rolled back`, async () => {
    const sql = openDatabase(nodes[0], MANY);
    const sessions: Session[] = [];
    while (sessions.length < MANY)
      sessions.push(...(await Promise.all(Array.from({ length: 10 }, usedOnBoth))));
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
        const took = await millisecondsAccepted(node, session);
        if (took > 1000) late.push(`session ${index}: ${Math.round(took)} ms`);
      }
    });
    await Promise.all(transactions);
    expect(late).toEqual([]);
    await sleep(500);
    for (const [index, session] of sessions.entries()) {
      for (const node of nodes) {
        expect(await refusalReason(node, session), `session ${index}`).toBe(
          index % 5 === 0 ? undefined : 'SESSION_REVOKED',
        );
      }
    }
  });

  it('applies an end while another transaction has been writing for seconds', async () => {
    const sql = openDatabase(nodes[0]);
    const [slow, quick] = [await usedOnBoth(), await usedOnBoth()];
    const connection = await sql.reserve();
    await connection`begin`;
    await connection`update sessions set revoked_at = now() where id = ${slow.session.id}`;
    await sleep(1500);
    expectData(await logout(nodes[0], quick));
    expect(await millisecondsAccepted(nodes[1], quick)).toBeLessThan(1000);
    expectData(await me(nodes[1], slow));
    await connection`commit`;
    connection.release();
    for (const node of nodes) expect(await millisecondsAccepted(node, slow)).toBeLessThan(1000);
  });

  it('applies an end within a second although the connection that reads the ends is frozen', async () => {
    const sql = openDatabase(nodes[0]);
    for (let round = 0; round < 3; round += 1) {
      const session = await usedOnBoth();
      const [reader] = await sql`select pid from pg_stat_activity
        where application_name = 'second-node' and query like '%session_ends%' and pid <> pg_backend_pid()`;
      process.kill(reader?.pid, 'SIGSTOP');
      try {
        await sleep(round * 200);
        expectData(await logout(nodes[0], session));
        expect(await millisecondsAccepted(nodes[1], session)).toBeLessThan(1000);
        const kept = await usedOnBoth();
        expectData(await me(nodes[1], kept));
      } finally {
        process.kill(reader?.pid, 'SIGCONT');
      }
      await sleep(300);
      expect(await refusalReason(nodes[1], session)).toBe('SESSION_REVOKED');
    }
  });

  it('applies an end within a second although the connection that reads the ends is closed repeatedly', async () => {
    const sql = openDatabase(nodes[0]);
    for (let round = 0; round < 10; round += 1) {
      const session = await usedOnBoth();
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'second-node' and query like '%session_ends%' and pid <> pg_backend_pid()`;
      expectData(await logout(nodes[0], session));
      expect(await millisecondsAccepted(nodes[1], session)).toBeLessThan(1000);
    }
  });

  it('ends the sessions of a user whose row is deleted', async () => {
    const sql = openDatabase(nodes[0]);
    const doomed = await registerAndVerify(nodes[0]);
    const session = await signIn(nodes[0], doomed);
    for (const node of nodes) expectData(await me(node, session));
    await sql`delete from users where lower(username) = ${doomed.username}`;
    for (const node of nodes) expect(await millisecondsAccepted(node, session)).toBeLessThan(1000);
  });

  it('records each end once, with its reason', async () => {
    const sql = openDatabase(nodes[0]);
    const session = await usedOnBoth();
    for (let i = 0; i < 2; i += 1) {
      expectData(await logout(nodes[0], session));
    }
    const rows = await sql`select reason from session_ends where session_id = ${session.session.id}`;
    expect(rows.map(({ reason }) => reason)).toEqual(['LOGGED_OUT']);
  });
});
