import { chmod } from 'node:fs/promises';
import postgres from 'postgres';
import { afterEach, expect, it } from 'vitest';
import { login, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import { hasPgBouncer, startPgBouncer } from '../../support/pgbouncer.js';
import {
  caughtUp,
  type PostgresServer,
  promote,
  startPostgres,
  startStandby,
} from '../../support/postgres-server.js';
import { startProxy } from '../../support/proxy.js';
import { refusalReason } from '../../support/session-ends.js';
import { logout, me, readiness, refresh, type Session } from '../../support/sessions.js';
import { sleep, until } from '../../support/wait.js';

/** How long after the move of the address everything must work again (ms). */
const RECOVERY_MS = 10_000;

const portOf = (server: PostgresServer) => Number(new URL(server.url).port);

const ROLE = `ALTER ROLE postgres SET statement_timeout = '5s';
  ALTER ROLE postgres SET idle_in_transaction_session_timeout = '15s'`;

describeOnPostgres('the loss of the primary behind one address', ({ start }) => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** Two nodes, whose address of Postgres leads to a primary with a streaming standby. */
  async function cluster(isPooled: boolean) {
    const folder = await freshFolder();
    await chmod(folder, 0o711);
    const primary = await startPostgres(folder);
    closing.push(() => primary.stop('SIGQUIT'));
    if (isPooled) {
      const sql = postgres(primary.url, { max: 1, onnotice: () => {} });
      await sql.unsafe(ROLE).simple();
      await sql.end();
    }
    const standby = await startStandby(folder, primary);
    closing.push(() => standby.stop('SIGQUIT'));
    const address = await startProxy(portOf(primary));
    closing.push(() => address.close());
    const url = new URL(primary.url);
    url.port = String(address.port);
    let database = url.href;
    if (isPooled) {
      const bouncer = await startPgBouncer(folder, url.href, ['server_login_retry = 1']);
      closing.push(() => bouncer.stop());
      database = bouncer.url;
    }
    const first = await start({ database, env: isPooled ? { DATABASE_DIRECT_URL: url.href } : {} });
    const nodes: [Gateway, Gateway] = [first, await startGateway({ peer: first })];
    for (const node of nodes) closing.push(() => node.stop('SIGKILL'));
    return { primary, standby, address, nodes };
  }

  it.each([
    { how: 'is killed', isPooled: false, lose: (primary: PostgresServer) => primary.stop('SIGKILL') },
    {
      how: 'is killed, behind PgBouncer',
      isPooled: true,
      lose: (primary: PostgresServer) => primary.stop('SIGKILL'),
    },
  ])('issues no token and revives no session if it $how', async ({ isPooled, lose }) => {
    if (isPooled && !hasPgBouncer) return;
    const { primary, standby, address, nodes } = await cluster(isPooled);
    const account = await registerAndVerify(nodes[0]);
    const [lasting, ended, ending] = (await Promise.all(
      [0, 1, 0].map((at) => signIn(nodes[at] as Gateway, account)),
    )) as [Session, Session, Session];
    for (const node of nodes) for (const session of [lasting, ended]) expectData(await me(node, session));
    expectData(await logout(nodes[0], ended));
    await caughtUp(primary, standby);
    await lose(primary);

    const lostAt = performance.now();
    let asked = 0;
    while (performance.now() - lostAt < 4000) {
      for (const node of nodes) {
        const answers = await Promise.all([
          refresh(node, lasting),
          login(node, account),
          refresh(node, ended),
        ]);
        asked += answers.length;
        for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('accessToken":"');
      }
      await sleep(200);
    }
    expect(asked).toBeGreaterThan(5);
    for (const node of nodes) expect((await readiness(node)).status).toBe(503);
    await promote(standby);
    address.target = portOf(standby);
    const movedAt = performance.now();
    for (const node of nodes) {
      await until('readiness', async () => (await readiness(node)).status === 200, RECOVERY_MS);
      await until('a sign-in', () => signIn(node, account).catch(() => undefined), RECOVERY_MS);
    }
    console.log(`full service ${Math.round(performance.now() - movedAt)} ms after the move`);

    for (const node of nodes) {
      await until('the session', async () => (await me(node, lasting)).data?.me != null, RECOVERY_MS);
      expect(await refusalReason(node, ended)).toBe('SESSION_REVOKED');
      expectCode(await refresh(node, ended), 'TOKEN_INVALID');
    }
    const { refreshToken } = expectData(await refresh(nodes[1], lasting));
    expectData(await me(nodes[0], refreshToken));
    expectData(await logout(nodes[1], ending));
    await until(
      'the end on the other node',
      async () => (await refusalReason(nodes[0], ending)) !== undefined,
      1500,
    );
  });
});
