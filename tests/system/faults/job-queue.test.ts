import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { MeDocument, RefreshTokenDocument } from '../../generated/graphql.js';
import {
  login,
  register,
  registerAndVerify,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { warnings } from '../../support/log-lines.js';
import { sleep, until } from '../../support/wait.js';

const TWO_MINUTES = 120_000;

/** An archived job; the table has no defaults. */
const ARCHIVE = `insert into jobs.archive (id, archived_on, name, data, state, priority, retry_limit, retry_count,
  retry_delay, retry_backoff, start_after, expire_in, created_on, keep_until)`;
const REST = `'audit-seals', '{}', 'completed', 0, 3, 0, 5, true, now(), interval '1 minute', now(), now()`;

type Run = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** SQL on the database of a gateway that is stopped: the embedded one can be open in one process only. */
async function withDatabase(gateway: Gateway, work: (run: Run) => Promise<void>): Promise<void> {
  if (gateway.backend === 'postgres') {
    const sql = postgres(gateway.database, { max: 1, onnotice: () => {} });
    await work(async (text, values = []) => [...(await sql.unsafe(text, values as never[]))]);
    await sql.end();
    return;
  }
  const client = await PGlite.create({
    extensions: { pg_trgm },
    dataDir: join(gateway.dataDir, '.data', 'postgres'),
  });
  await work(async (text, values) => (await client.query<Record<string, unknown>>(text, values)).rows);
  await client.close();
}

describeOnBackends('the job queue', ({ start }) => {
  it('runs two minutes of ordinary traffic without a warning, and expires, archives and deletes jobs', {
    timeout: 400_000,
  }, async () => {
    const env = { RATE_LIMIT_ENABLED: 'true' };
    let gateway = await start({ env });
    const account = await registerAndVerify(gateway);
    await gateway.stop();

    const [orphan, completed, archived] = [randomUUID(), randomUUID(), randomUUID()];
    await withDatabase(gateway, async (run) => {
      // A job whose process died, a job that was completed long ago, and one that was archived long ago.
      await run(
        `insert into jobs.job (id, name, data, state, started_on, expire_in, retry_limit)
         values ($1, 'resend-verification', '{"email":"nobody@example.com"}', 'active',
           now() - interval '1 hour', interval '1 minute', 3)`,
        [orphan],
      );
      await run(
        `insert into jobs.job (id, name, data, state, completed_on)
         values ($1, 'resend-verification', '{}', 'completed', now() - interval '2 days')`,
        [completed],
      );
      await run(`${ARCHIVE} select $1, now() - interval '30 days', ${REST}`, [archived]);
      // As many as some days of traffic leave behind.
      await run(`insert into jobs.job (name, data, state, completed_on)
        select 'audit-seals', '{}', 'completed', now() - interval '3 hours' from generate_series(1, 5000)`);
      await run(`${ARCHIVE} select gen_random_uuid(), now() - interval '5 days', ${REST}
        from generate_series(1, 5000)`);
    });

    gateway = await startGateway({ peer: gateway, port: gateway.port });
    let { refreshToken, accessToken: token } = await signIn(gateway, account);
    const end = performance.now() + TWO_MINUTES;
    for (let round = 0; performance.now() < end; round++) {
      expectData(await gateway.client.run(MeDocument, {}, { token }));
      if (round % 20 === 0) {
        const renewed = expectData(await gateway.client.run(RefreshTokenDocument, { refreshToken }));
        token = renewed.refreshToken.accessToken;
        refreshToken = renewed.refreshToken.refreshToken ?? '';
      }
      if (round % 60 === 0) {
        const person = someone();
        if ((await register(gateway, person)).errors.length === 0)
          await verificationMail(gateway, person.email);
      }
      await sleep(500);
    }
    expect(await gateway.stop()).toBe(0);
    expect(warnings(gateway)).toEqual([]);

    await withDatabase(gateway, async (run) => {
      const [job] = await run('select state::text from jobs.job where id = $1', [orphan]);
      expect(job, 'the job of the dead process').toEqual({ state: 'completed' });
      expect(await run('select 1 from jobs.job where id = $1', [completed])).toEqual([]);
      expect(await run('select 1 from jobs.archive where id = $1', [completed])).toHaveLength(1);
      expect(await run('select 1 from jobs.archive where id = $1', [archived])).toEqual([]);
      const [count] = await run(`select (select count(*) from jobs.job)::int as jobs,
        (select count(*) from jobs.archive where archived_on < now() - interval '2 days')::int as archived`);
      // What two minutes themselves leave behind, and nothing of the days before.
      expect(count?.jobs).toBeLessThan(100);
      expect(count?.archived).toBe(0);
    });
  });
});

describeOnPostgres('the job queue', ({ start }) => {
  it('whose lock is held elsewhere for 20 s disturbs no request and delays no mail', {
    timeout: 120_000,
  }, async () => {
    const gateway = await start();
    const account = await registerAndVerify(gateway);
    const holder = postgres(gateway.database, { max: 1, onnotice: () => {} });
    const lock = await holder.reserve();
    await lock`SELECT pg_advisory_lock(
      ('x' || encode(sha224((current_database() || '.pgboss.jobs')::bytea), 'hex'))::bit(64)::bigint)`;
    const answers: string[] = [];
    const end = performance.now() + 20_000;
    while (performance.now() < end) {
      const { errors } = await login(gateway, account);
      answers.push(errors[0]?.extensions.code ?? 'signed in');
      await sleep(50);
    }
    const person = someone();
    expectData(await register(gateway, person));
    await gateway.mail.waitForMail(person.email, undefined, 3000);
    lock.release();
    await holder.end();
    expect([...new Set(answers)]).toEqual(['signed in']);
    expect(answers.length).toBeGreaterThan(20);
  });

  it('replaces connections to a server that has become read-only', { timeout: 120_000 }, async () => {
    const gateway = await start();
    const sql = openDatabase(gateway);
    const name = new URL(gateway.database).pathname.slice(1);
    const terminate = () => sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${name} and application_name = 'gatehouse-jobs'`;
    // What is connected to a primary that was demoted: a session that answers 25006, and goes on doing so.
    await sql.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    expect((await terminate()).length).toBeGreaterThan(0);
    await sleep(6000);
    await sql.unsafe(`alter database ${name} reset default_transaction_read_only`);
    const person = someone();
    expectData(await register(gateway, person));
    await gateway.mail.waitForMail(person.email, undefined, 10_000);
  });

  it('takes up jobs again soon after its connections were cut', { timeout: 60_000 }, async () => {
    const gateway = await start();
    const sql = openDatabase(gateway);
    const name = new URL(gateway.database).pathname.slice(1);
    for (let round = 0; round < 3; round++) {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = ${name} and pid <> pg_backend_pid()
          and application_name like 'gatehouse%'`;
      const person = someone();
      await until(
        'the registration to succeed',
        async () => (await register(gateway, person)).errors.length === 0,
      );
      await gateway.mail.waitForMail(person.email, undefined, 10_000);
    }
  });
});
