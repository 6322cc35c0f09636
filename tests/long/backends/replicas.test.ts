import { chmod } from 'node:fs/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  AccountTotalsDocument,
  AuditLogDocument,
  AuthStatisticsDocument,
  CountUsersDocument,
  DeactivateUserDocument,
  OwnSecurityEventsDocument,
  RevokeUserSessionsDocument,
  UpdateUserDocument,
} from '../../generated/graphql.js';
import { login, registerAndVerify } from '../../support/accounts.js';
import {
  entered,
  invited,
  member,
  page,
  type SignedInUser,
  startWithAdmin,
} from '../../support/administration.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import { counterOf } from '../../support/metrics.js';
import {
  caughtUp,
  freezable,
  type PostgresServer,
  startPostgres,
  startStandby,
} from '../../support/postgres-server.js';
import { startProxy, type TcpProxy } from '../../support/proxy.js';
import { me, timed } from '../../support/sessions.js';
import { sleep, until } from '../../support/wait.js';

/** A replica that is further behind is not read from (ms). */
const MAX_LAG_MS = 10_000;

const READS = 'gatehouse_replica_reads_total';

const portOf = (server: PostgresServer) => Number(new URL(server.url).port);

describeOnPostgres('read replicas', ({ start }) => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let proxy: TcpProxy;
  let nodes: [Gateway, Gateway];
  let admin: SignedInUser;
  let replica: postgres.Sql;
  let source: string;

  beforeAll(async () => {
    const folder = await freshFolder();
    await chmod(folder, 0o711);
    primary = await startPostgres(folder);
    standby = await startStandby(folder, primary);
    proxy = await startProxy(portOf(standby));
    replica = postgres(standby.url, { max: 2, onnotice: () => {} });
    const url = new URL(standby.url);
    url.port = String(proxy.port);
    source = `127.0.0.1:${proxy.port}`;
    const started = await startWithAdmin((options) => start({ ...options, database: primary.url }), {
      DATABASE_REPLICA_URLS: url.href,
      STEP_UP_SECONDS: '0',
    });
    admin = started.admin;
    nodes = [started.gateway, await startGateway({ peer: started.gateway })];
  });
  afterAll(async () => {
    await Promise.all(nodes?.map((node) => node.stop('SIGKILL')) ?? []);
    await replica?.end({ timeout: 1 });
    proxy?.close();
    await Promise.all([primary?.stop('SIGQUIT'), standby?.stop('SIGQUIT')]);
  });
  beforeEach(async () => {
    await caughtUp(primary, standby);
    for (const node of nodes) await until('the replica to be read', () => isRead(node), 20_000, 200);
  });

  const countOn = async (node: Gateway) =>
    expectData(await node.client.run(CountUsersDocument, {}, { token: admin.token })).users.totalCount;

  /** Whether the replica answers a read. */
  async function isRead(node: Gateway): Promise<boolean> {
    const before = await counterOf(node, READS, { source });
    await countOn(node);
    return (await counterOf(node, READS, { source })) > before;
  }

  async function paused<T>(work: () => Promise<T>): Promise<T> {
    await replica`select pg_wal_replay_pause()`;
    try {
      await until('the replay to pause', async () => {
        const [row] = await replica`select pg_get_wal_replay_pause_state() as state`;
        return row?.state === 'paused';
      });
      return await work();
    } finally {
      await replica`select pg_wal_replay_resume()`;
    }
  }

  it('answer the lists, the figures and the audit log', async () => {
    const [node] = nodes;
    const { token } = admin;
    const primaryBefore = await counterOf(node, READS, { source: 'primary' });
    const to = new Date();
    const from = new Date(to.getTime() - 3_600_000);
    const reads: [string, () => Promise<unknown>][] = [
      ['users', () => page(node, token, { first: 5 })],
      ['auditEvents', async () => expectData(await node.client.run(AuditLogDocument, {}, { token }))],
      [
        'User.securityEvents',
        async () => expectData(await node.client.run(OwnSecurityEventsDocument, {}, { token })),
      ],
      ['accountTotals', async () => expectData(await node.client.run(AccountTotalsDocument, {}, { token }))],
      [
        'authStatistics',
        async () =>
          expectData(
            await node.client.run(
              AuthStatisticsDocument,
              { from: from.toISOString(), to: to.toISOString(), interval: 'HOUR' },
              { token },
            ),
          ),
      ],
    ];
    for (const [name, read] of reads) {
      const before = await counterOf(node, READS, { source });
      await read();
      expect(await counterOf(node, READS, { source }), name).toBeGreaterThan(before);
    }
    expect(await counterOf(node, READS, { source: 'primary' })).toBe(primaryBefore);
    expect(await counterOf(node, 'gatehouse_replica_lag_seconds', { replica: source })).toBeLessThan(5);
  });

  it('answer for ten seconds at most if the replay has stopped, and again when it goes on', async () => {
    const [node] = nodes;
    const before = await countOn(node);
    await paused(async () => {
      const pausedAt = performance.now();
      await registerAndVerify(node);
      // The replica does not have the user, which shows that it is read.
      expect(await countOn(node)).toBe(before);
      await until(
        'the primary to be read',
        async () => (await countOn(node)) === before + 1,
        MAX_LAG_MS + 5000,
      );
      expect(performance.now() - pausedAt).toBeGreaterThan(MAX_LAG_MS / 2);
      expect(await counterOf(node, 'gatehouse_replica_lag_seconds', { replica: source })).toBeGreaterThan(8);
      await until('the reason to be logged', () => node.logs().includes('is too far behind'));
    });
    await until('the replica to be read', () => isRead(node));
    await until('the end to be logged', () => node.logs().includes('a read replica is used again'));
  });

  it('are not asked who may do what: roles, sessions and passwords of a paused replica have no effect', async () => {
    const [node, other] = nodes;
    const [demoted, revoked, deactivated] = [
      await member(node, admin, 'ADMIN'),
      await member(node, admin, 'STAFF'),
      await member(node, admin),
    ];
    for (const { token } of [demoted, revoked, deactivated])
      for (const one of nodes) expectData(await me(one, { accessToken: token }));
    await caughtUp(primary, standby);
    await paused(async () => {
      const { token } = admin;
      const run = node.client.run;
      expectData(await run(UpdateUserDocument, { id: demoted.id, input: { role: 'CUSTOMER' } }, { token }));
      expectData(await run(RevokeUserSessionsDocument, { id: revoked.id }, { token }));
      expectData(await run(DeactivateUserDocument, { id: deactivated.id }, { token }));
      expect(await isRead(other)).toBe(true);
      await sleep(1000);
      const [old] = await replica`select
        (select role::text from users where id = ${demoted.id}) as role,
        (select count(*)::int from sessions where user_id = ${revoked.id} and revoked_at is null) as sessions,
        (select is_active from users where id = ${deactivated.id}) as active`;
      expect(old).toEqual({ role: 'ADMIN', sessions: 1, active: true });
      for (const one of nodes) {
        expectCode(await me(one, { accessToken: demoted.token }), 'UNAUTHENTICATED');
        const { token: again } = await entered(one, demoted);
        expectCode(await one.client.run(CountUsersDocument, {}, { token: again }), 'FORBIDDEN');
        expectCode(await me(one, { accessToken: revoked.token }), 'UNAUTHENTICATED');
        expectCode(await me(one, { accessToken: deactivated.token }), 'UNAUTHENTICATED');
        expect((await login(one, deactivated)).errors).not.toEqual([]);
      }
    });
  });

  it('do not hide from an admin what the node has just written for an admin', async () => {
    const [node, other] = nodes;
    const before = await countOn(node);
    await paused(async () => {
      await invited(node, admin);
      expect(await countOn(node)).toBe(before + 1);
      expect(await countOn(other)).toBe(before);
    });
  });

  it('may be cut off: the primary answers at once, and the replica again after it has returned', async () => {
    const [node] = nodes;
    proxy.cut();
    for (let round = 0; round < 5; round += 1) {
      const [, tookMs] = await timed(countOn(node));
      expect(tookMs).toBeLessThan(2000);
    }
    expect(await isRead(node)).toBe(false);
    proxy.mend();
    await until('the replica to be read', () => isRead(node));
  });

  it('may be frozen: a read waits two seconds at most, then the primary answers', async () => {
    const [node] = nodes;
    const signal = freezable(standby.pid);
    signal('SIGSTOP');
    try {
      const [, tookMs] = await timed(countOn(node));
      expect(tookMs).toBeLessThan(3500);
      await until('the replica to be given up', async () => !(await isRead(node)), 5000);
      expect((await timed(countOn(node)))[1]).toBeLessThan(2000);
    } finally {
      signal('SIGCONT');
    }
    await until('the replica to be read', () => isRead(node));
  });

  it('must be replicas of the same database', async () => {
    const client = postgres(primary.url, { max: 1, onnotice: () => {} });
    await client`create database other`;
    await client.end();
    await caughtUp(primary, standby);
    const other = new URL(standby.url);
    other.pathname = '/other';
    for (const [url, reason] of [
      [primary.url, 'is not a replica'],
      [other.href, 'is a replica of another database'],
    ] as const) {
      const node = await startGateway({ peer: nodes[0], env: { DATABASE_REPLICA_URLS: url } });
      await until('the reason to be logged', () => node.logs().includes(reason));
      await countOn(node);
      const reads = await counterOf(node, READS);
      expect(reads).toBeGreaterThan(0);
      expect(await counterOf(node, READS, { source: 'primary' })).toBe(reads);
      await node.stop();
    }
  });
});
