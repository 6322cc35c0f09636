import { beforeAll, expect, it } from 'vitest';
import { AccountTotalsDocument } from '../../generated/graphql.js';
import { invited, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, describeOnPostgres } from '../../support/in-process.js';
import { until } from '../../support/wait.js';

/** Together more than 16 MB. */
const MANY_SESSIONS = 30_000;
const USER_AGENT = 'x'.repeat(600);

const totalsOf = async (gateway: Gateway, { token }: SignedInUser) =>
  expectData(await gateway.client.run(AccountTotalsDocument, {}, { token })).accountTotals;

describeOnPostgres('the totals of large tables', ({ start }) => {
  let gateway: Gateway;
  let admin: SignedInUser;

  const totals = () => totalsOf(gateway, admin);
  const sql = () => openDatabase(gateway);
  const age = (seconds: number) =>
    sql()`update account_totals set counted_at = now() - make_interval(secs => ${seconds}::int)`;
  const snapshot = async () => (await sql()`select users, live_sessions, counted_at from account_totals`)[0];

  beforeAll(async () => {
    ({ gateway, admin } = await startWithAdmin(start));
    await sql()`create extension pg_stat_statements`;
    // Only the tests run the job.
    const unscheduled = await sql()`delete from jobs.schedule where name = 'account-totals' returning cron`;
    expect(unscheduled).toEqual([{ cron: '* * * * *' }]);
    expect((await totals()).liveSessions).toBe(1);
    expect(await snapshot()).toBeUndefined();
    await sql()`insert into sessions (user_id, remembered, amr, user_agent, expires_at)
      select ${admin.id}, true, '{pwd}', ${USER_AGENT} || n, now() + interval '1 day'
      from generate_series(1, ${MANY_SESSIONS}::int) n`;
  });

  const counts = async () => {
    const [row] = await sql()`select coalesce(sum(calls), 0)::int as calls
      from pg_stat_statements join pg_database on pg_database.oid = dbid and datname = current_database()
      where query ilike '%count(*)%from "sessions"%'`;
    return row?.calls as number;
  };

  it('are counted once for the readers of one process, and stored', async () => {
    const before = await counts();
    for (const answer of await Promise.all(Array.from({ length: 8 }, totals)))
      expect(answer).toMatchObject({ users: 1, admins: 1, liveSessions: MANY_SESSIONS + 1 });
    expect((await counts()) - before).toBe(1);
    expect(await snapshot()).toMatchObject({ users: 1, live_sessions: MANY_SESSIONS + 1 });
  });

  it('are read from the stored count for about a minute', async () => {
    await invited(gateway, admin);
    const before = await counts();
    expect((await totals()).users).toBe(1);
    await age(70);
    expect((await totals()).users).toBe(1);
    expect((await counts()) - before).toBe(0);
    await age(80);
    expect((await totals()).users).toBe(2);
    expect((await totals()).users).toBe(2);
    expect((await counts()) - before).toBe(1);
  });

  it('are stored by a job', async () => {
    await invited(gateway, admin);
    await age(3600);
    await sql()`insert into jobs.job (name) values ('account-totals')`;
    await until('the count of the job', async () => (await snapshot())?.users === 3);
    const before = await counts();
    expect((await totals()).users).toBe(3);
    expect((await counts()) - before).toBe(0);
  });

  it('are not replaced by a count that began earlier', async () => {
    await sql()`update account_totals set counted_at = now() + interval '1 hour', users = 77`;
    await sql()`insert into jobs.job (name) values ('account-totals')`;
    const before = await counts();
    await until('a count of the job', async () => (await counts()) > before);
    expect((await totals()).users).toBe(77);
  });

  it('are exact again when the tables are small', async () => {
    await sql()`delete from sessions where user_agent like 'xxx%'`;
    await sql()`vacuum full sessions`;
    expect(await totals()).toMatchObject({ users: 3, liveSessions: 1 });
    await invited(gateway, admin);
    expect((await totals()).users).toBe(4);
  });
});

describeOnBackends('the totals of small tables', ({ start }) => {
  it('equal the counts of the users filter', async () => {
    const { gateway, admin } = await startWithAdmin(start);
    await invited(gateway, admin, { role: 'STAFF' });
    await invited(gateway, admin);
    const filters = {
      users: '{}',
      staff: '{ roles: [STAFF] }',
      admins: '{ roles: [ADMIN] }',
      deactivated: '{ isActive: false }',
      locked: '{ locked: true }',
      twoFactorEnabled: '{ twoFactorEnabled: true }',
    };
    const fields = Object.entries(filters).map(
      ([name, filter]) => `${name}: users(filter: ${filter}) { totalCount }`,
    );
    const { data } = await gateway.client.runRaw(`{ ${fields.join(' ')} }`, {}, { token: admin.token });
    const counted = Object.entries(data as Record<string, { totalCount: number }>).map(
      ([name, { totalCount }]) => [name, totalCount],
    );
    expect(await totalsOf(gateway, admin)).toMatchObject(Object.fromEntries(counted));
  });
});
