import { chmod } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { startPostgres } from '../../support/postgres-server.js';
import { logout, readiness } from '../../support/sessions.js';
import { connect, endedBy, introduce, listen, openSocket, upgradeStatus } from '../../support/sockets.js';
import { until } from '../../support/wait.js';

describeOnPostgres('sockets on two nodes', ({ start }) => {
  let nodes: [Gateway, Gateway];
  let account: Account;

  beforeAll(async () => {
    const first = await start();
    nodes = [first, await startGateway({ peer: first })];
    account = await registerAndVerify(first);
  });

  it('tell an end on the other node within a second', async () => {
    const lateMs: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const session = await signIn(nodes[0], account);
      const sockets = await Promise.all(nodes.map((node) => listen(node, session)));
      const startedAt = performance.now();
      expectData(await logout(nodes[round % 2] as Gateway, session));
      for (const { code, types, event } of await Promise.all(sockets.map(endedBy))) {
        expect({ code, types, reason: event?.reason }).toEqual({
          code: 4403,
          types: ['next', 'complete'],
          reason: 'LOGGED_OUT',
        });
      }
      lateMs.push(performance.now() - startedAt);
    }
    // The median: the machine may be busy for a moment.
    expect(lateMs.toSorted((a, b) => a - b)[5]).toBeLessThan(1000);
  });
});

describeOnPostgres('sockets while Postgres restarts', ({ start }) => {
  it('stay open, close new ones with 1013, and learn of an end that no node has told', async () => {
    const folder = await freshFolder();
    await chmod(folder, 0o711);
    const postgres = await startPostgres(folder);
    const gateway = await start({ database: postgres.url });
    try {
      const account = await registerAndVerify(gateway);
      const [ended, live, late] = await Promise.all([0, 1, 2].map(() => signIn(gateway, account)));
      if (!ended || !live || !late) throw new Error('no session');
      const [first, second] = [await listen(gateway, ended), await listen(gateway, live)];
      // Without its row in session_ends, as after the restore of an earlier state.
      const sql = openDatabase(gateway);
      await sql.begin(async (tx) => {
        await tx`set local session_replication_role = replica`;
        await tx`update sessions set revoked_at = now(), end_reason = 'REVOKED' where id = ${ended.session.id}`;
      });
      await sql.end();
      await postgres.stop();
      const refused = await introduce(gateway, late.accessToken);
      expect((await refused.closed).code).toBe(1013);
      expect([first.end, second.end]).toEqual([undefined, undefined]);
      await postgres.start();
      expect(await endedBy(first)).toMatchObject({ code: 4403, event: { reason: 'REVOKED' } });
      await until('the gateway to be ready', async () => (await readiness(gateway)).status === 200);
      expect(second.end).toBeUndefined();
      expectData(await logout(gateway, live));
      expect((await endedBy(second)).code).toBe(4403);
    } finally {
      await gateway.stop('SIGKILL');
      await postgres.stop('SIGQUIT');
    }
  });
});

describeOnBackends('sockets at SIGTERM', ({ start }) => {
  it('close with 1001 after the notice, new ones are refused, and nobody delays the exit', async () => {
    const gateway = await start({ env: { SHUTDOWN_NOTICE_SECONDS: '1' } });
    const session = await signIn(gateway, await registerAndVerify(gateway));
    const [polite, silent, rude] = await Promise.all([
      listen(gateway, session),
      openSocket(gateway),
      connect(gateway, session),
    ]);
    // It answers neither the closing handshake nor anything else.
    rude.socket.pause();
    const stoppedAt = performance.now();
    const status = gateway.stop();
    await until('the notice', async () => (await send(`${gateway.url}/readyz`)).status === 503, 5000, 20);
    expect(polite.end).toBeUndefined();
    expect(await upgradeStatus(gateway)).toBe(503);
    expect(await polite.closed).toEqual({ code: 1001, reason: 'The gateway stops' });
    expect((await silent.closed).code).toBe(1001);
    expect(performance.now() - stoppedAt).toBeGreaterThan(900);
    expect(await status).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(6000);
    rude.socket.terminate();
    expect(gateway.logs()).not.toMatch(/"level":[56]0/);
  });
});
