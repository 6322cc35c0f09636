import { describe, expect, it } from 'vitest';
import { DeactivateUserDocument } from '../../generated/graphql.js';
import { login, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { command, entered, member, redeem, startWithAdmin } from '../../support/administration.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { embeddedDatabase, freshFolder, secret } from '../../support/gateway.js';
import { freshDatabase } from '../../support/services.js';

const LINK = /^https?:\/\/\S+\/accept-invitation\?token=(\S+)$/m;
const create = (username: string, email: string) => ['create', '--username', username, '--email', email];

describeOnBackends('npm run admin', ({ start, backend }) => {
  it('creates an admin, mails the invitation and prints its link', async () => {
    const gateway = await start();
    // Two processes cannot open one PGlite folder.
    if (backend === 'pglite') await gateway.stop();
    const account = someone();
    const { status, out, err } = await command('admin', create(account.username, account.email), gateway);
    expect(status, err).toBe(0);
    const link = LINK.exec(out)?.[0] ?? '';
    const mail = await gateway.mail.waitForMail(account.email);
    expect(mail.text).toContain(link);

    const again = backend === 'pglite' ? await start({ peer: gateway }) : gateway;
    expectData(await redeem(again, LINK.exec(out)?.[1] ?? '', account.password));
    expect((await signIn(again, account)).user.role).toBe('ADMIN');
  });
});

it('explains faults in the input of npm run admin, and exits with 2 for arguments, 1 for an account', async () => {
  const at = { dataDir: await freshFolder(), env: { DATABASE_URL: await embeddedDatabase() } };
  const faulty: [string[], RegExp][] = [
    [[], /Usage/],
    [['create'], /Usage/],
    [['create', '--username', 'ada'], /Usage/],
    [['remove', '--username', 'ada', '--email', 'ada@example.com'], /Usage/],
    [[...create('ada', 'ada@example.com'), 'extra'], /Usage/],
    [[...create('ada', 'ada@example.com'), '--role', 'ADMIN'], /role/],
    [create('a b', 'ada@example.com'), /username: /],
    [create('ada', 'not an address'), /email: /],
    [create('', ''), /username: /],
  ];
  for (const [args, words] of faulty) {
    const { status, out, err } = await command('admin', args, at);
    expect(status, args.join(' ')).toBe(/username: |email: /.test(words.source) ? 1 : 2);
    expect(err).toMatch(words);
    expect(err).not.toMatch(/\bat .+:\d+:\d+|node_modules/);
    expect(out).toBe('');
  }
});

describeOnPostgres('npm run admin while a gateway runs', ({ start }) => {
  it('makes a user an admin, and ends their sessions', async () => {
    const { gateway, admin } = await startWithAdmin(start);
    const user = await member(gateway, admin);
    const { status, out, err } = await command(
      'admin',
      create(user.username.toUpperCase(), user.email),
      gateway,
    );
    expect(status, err).toBe(0);
    expect(out).toMatch(LINK);
    const me = await gateway.client.runRaw('{ me { id } }', {}, { token: user.token });
    expect(expectCode(me, 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    expect((await signIn(gateway, user)).user.role).toBe('ADMIN');
  });

  it('reactivates a deactivated admin', async () => {
    const { gateway, admin } = await startWithAdmin(start);
    const user = await member(gateway, admin, 'ADMIN');
    expectData(await gateway.client.run(DeactivateUserDocument, { id: user.id }, { token: admin.token }));
    expectCode(await login(gateway, user), 'ACCOUNT_DISABLED');
    expect((await command('admin', create(user.username, user.email), gateway)).status).toBe(0);
    await entered(gateway, user);
  });

  it('refuses a username and address that belong to different accounts', async () => {
    const gateway = await start();
    const [one, other] = [await registerAndVerify(gateway), await registerAndVerify(gateway)];
    for (const [username, email] of [
      [one.username, other.email],
      [one.username, someone().email],
      [someone().username, one.email],
    ] as const) {
      const { status, err } = await command('admin', create(username, email), gateway);
      expect(status).toBe(1);
      expect(err).toMatch(/taken/i);
    }
    expect((await signIn(gateway, one)).user.role).toBe('CUSTOMER');
  });
});

describeOnPostgres('npm run seed', () => {
  const fill = async (database: string, users: number) => {
    const { status, err } = await command('seed', ['--users', String(users)], {
      dataDir: await freshFolder(),
      env: { DATABASE_URL: database },
    });
    expect(status, err).toBe(0);
    expect(err).toContain(`${users} of ${users}`);
  };

  it('creates the same users each time, some of each kind', async () => {
    const [one, other] = [await freshDatabase(), await freshDatabase()];
    for (const database of [one, other, one]) await fill(database, 12_000);
    const [a, b] = [openDatabase({ database: one }), openDatabase({ database: other })];
    const digest = `SELECT count(*)::int, md5(string_agg(users::text, ',' ORDER BY id)) FROM users`;
    const [row] = await a.unsafe(digest);
    expect(row?.count).toBe(12_000);
    expect((await b.unsafe(digest))[0]).toEqual(row);

    const kinds = {
      admins: "role = 'ADMIN'",
      staff: "role = 'STAFF'",
      inactive: 'NOT is_active',
      unverified: 'NOT email_verified',
      'never signed in': 'last_login_at IS NULL',
      'signed in before the account was made': 'last_login_at < created_at',
      'with a second factor': 'id IN (SELECT user_id FROM two_factors)',
      locked: "'account:' || id IN (SELECT key FROM failure_counters WHERE locked_until > now())",
      'with a password': 'password_hash IS NOT NULL',
    };
    const counts: Record<string, number> = {};
    for (const [kind, condition] of Object.entries(kinds))
      counts[kind] = (await a.unsafe(`SELECT count(*)::int FROM users WHERE ${condition}`))[0]?.count;
    const {
      'signed in before the account was made': impossible,
      'with a password': usable,
      ...some
    } = counts;
    expect([impossible, usable]).toEqual([0, 0]);
    for (const [kind, count] of Object.entries(some)) expect(count, kind).toBeGreaterThan(0);
  });

  describe('npm run seed with invalid settings', () => {
    it('refuses production, PGlite and invalid input, with a readable line', async () => {
      const dataDir = await freshFolder();
      const refused: [string[], Record<string, string>, RegExp][] = [
        [['--users', '5'], { DATABASE_URL: 'pglite:memory' }, /Postgres server/],
        [['--users', '5'], {}, /Postgres server/],
        [
          ['--users', '5'],
          { DATABASE_URL: 'postgres://x@127.0.0.1:1/x', NODE_ENV: 'production' },
          /production/,
        ],
        ...['0', '-1', '1.5', 'many', '', '10000001'].map(
          (users): [string[], Record<string, string>, RegExp] => [[`--users=${users}`], {}, /Usage/],
        ),
        [[], {}, /Usage/],
      ];
      for (const [args, env, words] of refused) {
        const { status, err } = await command('seed', args, {
          dataDir,
          env: { ENCRYPTION_KEY: secret(), ...env },
        });
        const isUsage = words.source === 'Usage';
        expect(status, args.join()).toBe(isUsage ? 2 : 1);
        if (!isUsage) expect(err.trim().split('\n'), err).toHaveLength(1);
        expect(err).toMatch(words);
      }
    });
  });
});
