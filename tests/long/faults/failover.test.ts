import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import {
  caughtUp,
  demote,
  type PostgresServer,
  promote,
  startPostgres,
  startStandby,
} from '../../support/postgres-server.js';
import { startProxy, type TcpProxy } from '../../support/proxy.js';
import { freshDatabase } from '../../support/services.js';
import { millisecondsAccepted } from '../../support/session-ends.js';
import { logout, me, readiness, refresh } from '../../support/sessions.js';
import { sleep, until } from '../../support/wait.js';

/** How long after a failover everything must work again (ms). */
const RECOVERY_MS = 10_000;
/** How long a test waits for a recovery without a bound of its own (ms). */
const PATIENCE_MS = 40_000;

const isReady = async (gateway: Gateway) => (await readiness(gateway)).status === 200;
const portOf = (server: PostgresServer) => Number(new URL(server.url).port);

async function primaryAndStandby() {
  const folder = await freshFolder();
  await chmod(folder, 0o711);
  const primary = await startPostgres(folder);
  const standby = await startStandby(folder, primary);
  return { primary, standby };
}

describeOnPostgres(
  'a failover of Postgres',
  ({ start }) => {
    let servers: { primary: PostgresServer; standby: PostgresServer };
    let address: TcpProxy;
    let nodes: [Gateway, Gateway];
    let account: Account;

    beforeAll(async () => {
      servers = await primaryAndStandby();
      address = await startProxy(portOf(servers.primary));
      const url = new URL(servers.primary.url);
      url.port = String(address.port);
      const first = await start({ database: url.href });
      nodes = [first, await startGateway({ peer: first })];
      account = await registerAndVerify(first);
    });
    afterAll(async () => {
      await Promise.all(nodes?.map((node) => node.stop('SIGKILL')) ?? []);
      address?.close();
      await Promise.all([servers?.primary.stop('SIGQUIT'), servers?.standby.stop('SIGQUIT')]);
    });

    it('recovers within ten seconds of the address change, although old connections stay open', async () => {
      const [lasting, ending] = [await signIn(nodes[0], account), await signIn(nodes[0], account)];
      for (const node of nodes) for (const session of [lasting, ending]) expectData(await me(node, session));
      await caughtUp(servers.primary, servers.standby);
      await promote(servers.standby);
      await demote(servers.primary);

      // Until the address changes, no write succeeds, and readiness reports it.
      await until('readiness to fail', async () => !(await isReady(nodes[0])), 5000);
      expectCode(await refresh(nodes[0], lasting), 'SERVICE_UNAVAILABLE');
      await sleep(1000);
      address.target = portOf(servers.standby);
      const movedAt = performance.now();

      for (const node of nodes) {
        await until('readiness to succeed', () => isReady(node), RECOVERY_MS);
        await until('a sign-in to succeed', () => signIn(node, account).catch(() => undefined), RECOVERY_MS);
      }
      console.log(
        `Postgres failed over: full service ${Math.round(performance.now() - movedAt)} ms after the move`,
      );
      expect(performance.now() - movedAt).toBeLessThan(RECOVERY_MS);

      expectData(await logout(nodes[0], ending));
      expect(await millisecondsAccepted(nodes[1], ending)).toBeLessThan(1000);
      for (const node of nodes) expectData(await me(node, lasting));
      for (const node of nodes) expect(node.logs()).not.toMatch(/"level":(50|60)/);
    });
  },
  { concurrent: true },
);

describeOnPostgres('a server that closes the connection during the handshake', ({ start }) => {
  it('does not end the process, which recovers when the right server returns', async () => {
    const database = await freshDatabase();
    const real = Number(new URL(database).port);
    const address = await startProxy(real);
    const disconnecting = await startDisconnectingServer();
    const url = new URL(database);
    url.port = String(address.port);
    const gateway = await start({ database: url.href });
    try {
      const account = await registerAndVerify(gateway);
      const { pid } = gateway;
      address.target = disconnecting.port;
      address.cut();
      address.mend();
      await until('readiness to fail', async () => !(await isReady(gateway)), 10_000);
      const probe = () => me(gateway, { accessToken: 'none' });
      for (let i = 0; i < 20; i += 1) {
        void signIn(gateway, account).catch(() => {});
        await probe();
        await sleep(200);
      }
      expect(disconnecting.handshakes()).toBeGreaterThan(5);
      address.target = real;
      address.cut();
      address.mend();
      await until('a sign-in to succeed', () => signIn(gateway, account).catch(() => undefined), PATIENCE_MS);
      expect(await isReady(gateway)).toBe(true);
      expect(gateway.pid).toBe(pid);
    } finally {
      await gateway.stop('SIGKILL');
      disconnecting.close();
      address.close();
    }
  });
});

/** Asks for a SCRAM proof, which the client computes asynchronously, and closes the connection meanwhile. */
async function startDisconnectingServer() {
  let handshakes = 0;
  const message = (code: number, body: string) => {
    const bytes = Buffer.from(body);
    const head = Buffer.alloc(9);
    head.write('R');
    head.writeInt32BE(8 + bytes.length, 1);
    head.writeInt32BE(code, 5);
    return Buffer.concat([head, bytes]);
  };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(message(10, 'SCRAM-SHA-256\0\0'));
      socket.once('data', (first) => {
        handshakes += 1;
        const nonce = first.toString().split('r=')[1] ?? '';
        socket.write(message(11, `r=${nonce}server,s=${Buffer.from('salt').toString('base64')},i=4096`));
        setImmediate(() => socket.destroy());
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    handshakes: () => handshakes,
    close: () => server.close(),
  };
}

describeOnPostgres(
  'two hosts with target_session_attrs=read-write',
  ({ start }) => {
    it('connects to the new primary', async () => {
      const { primary, standby } = await primaryAndStandby();
      const { password } = new URL(primary.url);
      const hosts = `127.0.0.1:${portOf(standby)},127.0.0.1:${portOf(primary)}`;
      const database = `postgres://postgres:${password}@${hosts}/postgres?target_session_attrs=read-write`;
      const gateway = await start({ database });
      try {
        const account = await registerAndVerify(gateway);
        await caughtUp(primary, standby);
        await promote(standby);
        await demote(primary);
        await until(
          'a sign-in to succeed',
          () => signIn(gateway, account).catch(() => undefined),
          PATIENCE_MS,
        );
        expect(await isReady(gateway)).toBe(true);
      } finally {
        await gateway.stop('SIGKILL');
        await Promise.all([primary.stop('SIGQUIT'), standby.stop('SIGQUIT')]);
      }
    });
  },
  { concurrent: true },
);

describeOnPostgres(
  'a database with unusual defaults',
  ({ start }) => {
    it('does not change behaviour: isolation, time zone, dates, bytes', async () => {
      const database = await freshDatabase();
      const name = new URL(database).pathname.slice(1);
      const client = postgres(database, { max: 1, onnotice: () => {} });
      for (const setting of [
        "default_transaction_isolation = 'repeatable read'",
        "TimeZone = 'Asia/Kathmandu'",
        "DateStyle = 'SQL, DMY'",
        "bytea_output = 'escape'",
        "IntervalStyle = 'sql_standard'",
      ]) {
        await client.unsafe(`alter database ${name} set ${setting}`);
      }
      await client.end();
      const gateway = await start({ database });
      const account = await registerAndVerify(gateway);
      for (let round = 0; round < 10; round += 1) {
        const { refreshToken, refreshExpiresAt } = await signIn(gateway, account);
        expect(Math.abs(new Date(refreshExpiresAt).getTime() - Date.now() - 7 * 86_400_000)).toBeLessThan(
          60_000,
        );
        const answers = await Promise.all(
          Array.from({ length: 8 }, () => refresh(gateway, { refreshToken })),
        );
        expect(new Set(answers.map((answer) => expectData(answer).refreshToken.refreshToken)).size).toBe(1);
      }
    });
  },
  { concurrent: true },
);

describeOnPostgres(
  'an operation that was answered as failed',
  ({ start }) => {
    it('does not take effect later', async () => {
      const gateway = await start();
      const account = await registerAndVerify(gateway);
      const session = await signIn(gateway, account);
      const client = postgres(gateway.database, { max: 3, onnotice: () => {} });
      const [rows, log] = [await client.reserve(), await client.reserve()];
      // The change waits 3 s for the row and then 6 s for the audit log: no single statement takes 5 s before the
      // answer.
      await rows`begin`;
      await rows`select 1 from users for update`;
      await log`begin`;
      await log`lock table audit_events in access exclusive mode`;
      const change = gateway.client.runRaw(
        'mutation { updateProfile(input: { displayName: "Too late" }) { displayName } }',
        {},
        { token: session.accessToken },
      );
      await sleep(3000);
      await rows`commit`;
      expectCode(await change, 'SERVICE_UNAVAILABLE');
      await sleep(1500);
      await log`commit`;
      await sleep(1500);
      const [row] = await client`select display_name from users where lower(username) = ${account.username}`;
      expect(row?.display_name).toBeNull();
      for (const connection of [rows, log]) connection.release();
      await client.end();
    });
  },
  { concurrent: true },
);
