import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { stopAtEnd } from '../../support/at-end.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { freshFolder, type Gateway, runGateway, secret, startGateway } from '../../support/gateway.js';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../../support/pgbouncer.js';
import { freshDatabase } from '../../support/services.js';
import { millisecondsAccepted } from '../../support/session-ends.js';
import { logout, me, readiness, refresh, timed } from '../../support/sessions.js';
import { freePort, sleep, until } from '../../support/wait.js';

/** An empty database whose owner is an ordinary role, as in production. */
async function ownedDatabase(): Promise<{ url: string; role: string }> {
  const url = new URL(await freshDatabase());
  const admin = openDatabase({ database: url.href });
  const role = `role_${randomBytes(4).toString('hex')}`;
  await admin.unsafe(`create role ${role} login password 'secret'`);
  await admin.unsafe(`alter database ${url.pathname.slice(1)} owner to ${role}`);
  url.username = role;
  url.password = 'secret';
  return { url: url.href, role };
}

const REQUIRED = {
  bytea_output: 'hex',
  default_transaction_isolation: 'read committed',
  statement_timeout: '5s',
  idle_in_transaction_session_timeout: '15s',
};

async function bounced(settings: readonly string[] = []) {
  const { url: direct, role } = await ownedDatabase();
  const folder = await freshFolder();
  await chmod(folder, 0o711);
  const bouncer = await startPgBouncer(folder, direct, settings);
  stopAtEnd(() => bouncer.stop());
  return { direct, role, bouncer };
}

const alterRole = (role: string, settings: Record<string, string>) =>
  Object.entries(settings).map(([name, value]) => `ALTER ROLE ${role} SET ${name} = '${value}';`);

/** Runs `gatehouse serve` until it exits; the environment is that of a gateway. */
const serve = async (env: Record<string, string>) =>
  runGateway({
    JWT_SECRET_KEY: secret(),
    JWT_REFRESH_SECRET_KEY: secret(),
    ENCRYPTION_KEY: secret(),
    PORT: String(await freePort()),
    ...env,
  });

describe.skipIf(!hasPgBouncer)('PgBouncer in transaction mode', () => {
  describeOnPostgres('a gateway behind it', ({ start }) => {
    let bouncer: PgBouncer;
    let direct: string;
    let role: string;
    let nodes: [Gateway, Gateway];
    let account: Account;

    beforeAll(async () => {
      ({ bouncer, direct, role } = await bounced());
      for (const statement of alterRole(role, REQUIRED))
        await openDatabase({ database: direct }).unsafe(statement);
      const first = await start({ database: bouncer.url, env: { DATABASE_DIRECT_URL: direct } });
      nodes = [first, await startGateway({ peer: first })];
      account = await registerAndVerify(first);
    });
    afterAll(async () => void (await Promise.all(nodes?.map((node) => node.stop()) ?? [])));

    it('signs in, refreshes and signs out on several nodes that share four connections', async () => {
      const signedIn = await Promise.all(
        Array.from({ length: 12 }, (_, at) => signIn(nodes[at % 2] as Gateway, account)),
      );
      const rotated = await Promise.all(
        signedIn.map(async (session, at) => {
          const answers = await Promise.all(
            nodes.flatMap((node) => [refresh(node, session), refresh(node, session)]),
          );
          const tokens = answers.map((answer) => expectData(answer).refreshToken);
          expect(new Set(tokens.map(({ refreshToken }) => refreshToken)).size).toBe(1);
          expectData(await me(nodes[at % 2] as Gateway, tokens[0] as { accessToken: string }));
          return tokens[0] as { accessToken: string };
        }),
      );
      expectData(await logout(nodes[0], rotated[0] as { accessToken: string }));
      expect(await millisecondsAccepted(nodes[1], rotated[0] as { accessToken: string })).toBeLessThan(1000);
      for (const node of nodes) {
        expect((await readiness(node)).status).toBe(200);
        expect(node.logs()).not.toMatch(/"level":(50|60)/);
      }
      const [server] = await openDatabase({ database: direct })`
        select count(*)::int as count from pg_stat_activity where usename = ${role} and pid <> pg_backend_pid()`;
      // Four of PgBouncer, and those of this test.
      expect(server?.count).toBeLessThanOrEqual(4 + 4);
    });

    it.each([
      ['by the setting of the role', {}],
      ['by a cancellation, if connections of the pooler lack the setting', { statement_timeout: '0' }],
    ])('ends a statement that takes too long, %s', async (_, changed) => {
      const sql = openDatabase({ database: direct });
      for (const statement of alterRole(role, changed)) await sql.unsafe(statement);
      await bouncer.command('RECONNECT');
      const session = await signIn(nodes[0], account);
      const rows = await sql.reserve();
      try {
        await rows`begin`;
        await rows`select 1 from users for update`;
        const [answer, tookMs] = await timed(
          nodes[0].client.runRaw(
            'mutation { updateProfile(input: { displayName: "Too late" }) { displayName } }',
            {},
            { token: session.accessToken },
          ),
        );
        expectCode(answer, 'SERVICE_UNAVAILABLE');
        expect(tookMs).toBeLessThan(7500);
        await until(
          'the statement to end',
          async () => {
            const [row] = await sql`select count(*)::int as count from pg_stat_activity
            where usename = ${role} and wait_event_type = 'Lock'`;
            return row?.count === 0;
          },
          2000,
        );
      } finally {
        await rows`commit`;
        rows.release();
        for (const statement of alterRole(role, REQUIRED)) await sql.unsafe(statement);
      }
      await sleep(500);
      const [row] = await sql`select display_name from users where lower(username) = ${account.username}`;
      expect(row?.display_name).toBeNull();
    });
  });

  describeOnPostgres('a server behind it that becomes read-only', ({ start }) => {
    it('is left when the address leads to a writable one, although the pooler keeps its connections', async () => {
      const { bouncer, direct, role } = await bounced();
      const owner = await openDatabase({ database: direct }).reserve();
      for (const statement of alterRole(role, REQUIRED)) await owner.unsafe(statement);
      const gateway = await start({ database: bouncer.url, env: { DATABASE_DIRECT_URL: direct } });
      const database = new URL(direct).pathname.slice(1);
      // Only connections that the pooler opens from now on are read-only, and they stay so.
      await owner.unsafe(`alter database ${database} set default_transaction_read_only = on`);
      await bouncer.command('RECONNECT');
      await until('readiness to fail', async () => (await readiness(gateway)).status === 503);
      await owner.unsafe(`alter database ${database} reset default_transaction_read_only`);
      owner.release();
      await until('readiness to succeed', async () => (await readiness(gateway)).status === 200, 10_000);
      await until('a sign-up to succeed', () => registerAndVerify(gateway).catch(() => undefined), 10_000);
    });
  });

  describeOnPostgres('the start of a gateway behind it', ({ start }) => {
    it('names the settings that the role lacks, and accepts them as named', async () => {
      const { bouncer, direct } = await bounced();
      const env = { DATABASE_URL: bouncer.url, DATABASE_DIRECT_URL: direct };
      const { status, printed } = await serve(env);
      expect(status).toBe(1);
      expect(printed).toMatch(/DATABASE_URL names a connection pooler, .* RECONNECT/);
      const statements = printed.match(/ALTER ROLE \w+ SET \w+ = '[^']+';/g) ?? [];
      expect(statements).toHaveLength(2);
      for (const statement of statements) await openDatabase({ database: direct }).unsafe(statement);
      await bouncer.command('RECONNECT');
      await start({ database: bouncer.url, env: { DATABASE_DIRECT_URL: direct } });
    });

    it('is refused if the pooler ignores settings that the role contradicts', async () => {
      const ignored = `ignore_startup_parameters = ${[...Object.keys(REQUIRED), 'gatehouse.direct'].join()}`;
      const { bouncer, direct, role } = await bounced([ignored]);
      const settings = {
        ...REQUIRED,
        default_transaction_isolation: 'serializable',
        statement_timeout: '60s',
      };
      for (const statement of alterRole(role, settings))
        await openDatabase({ database: direct }).unsafe(statement);
      const { status, printed } = await serve({ DATABASE_URL: bouncer.url, DATABASE_DIRECT_URL: direct });
      expect(status).toBe(1);
      expect(printed).toContain(`ALTER ROLE ${role} SET default_transaction_isolation = 'read committed';`);
      expect(printed).toContain(`ALTER ROLE ${role} SET statement_timeout = '5s';`);
    });

    it('is refused unless migrations have a connection of their own to the same database', async () => {
      const { bouncer, direct, role } = await bounced();
      for (const statement of alterRole(role, REQUIRED))
        await openDatabase({ database: direct }).unsafe(statement);
      const cases: [string, Record<string, string>][] = [
        ['set DATABASE_DIRECT_URL to the URL of the server', {}],
        ['DATABASE_DIRECT_URL must name the server itself', { DATABASE_DIRECT_URL: bouncer.url }],
        ['DATABASE_DIRECT_URL must name the same database', { DATABASE_DIRECT_URL: await freshDatabase() }],
        ['(DATABASE_DIRECT_URL): ECONNREFUSED', { DATABASE_DIRECT_URL: 'postgres://u:p@127.0.0.1:1/d' }],
      ];
      for (const [message, env] of cases) {
        const { status, printed } = await serve({ DATABASE_URL: bouncer.url, ...env });
        expect(printed).toContain(message);
        expect(status).toBe(1);
      }
    });
  });
});
