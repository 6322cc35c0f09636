import postgres from 'postgres';
import { expect, it } from 'vitest';
import { login, register, registerAndVerify, someone } from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { expectMaintenanceOfQueue } from '../../support/queue-traffic.js';
import { sleep, until } from '../../support/wait.js';

describeOnBackends(
  'the job queue',
  ({ start }) => {
    it(
      'expires, archives and deletes jobs during two minutes of ordinary traffic, without a warning',
      { timeout: 400_000 },
      () => expectMaintenanceOfQueue(start, 120_000),
    );
  },
  { concurrent: true },
);

describeOnPostgres(
  'the job queue',
  ({ start }) => {
    it('fails no request and delays no mail while its lock is held elsewhere for 20 s', async () => {
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
        await sleep(200);
      }
      const person = someone();
      expectData(await register(gateway, person));
      await gateway.mail.waitForMail(person.email, undefined, 10_000);
      lock.release();
      await holder.end();
      expect([...new Set(answers)]).toEqual(['signed in']);
      expect(answers.length).toBeGreaterThan(20);
    });

    it('replaces connections to a server that has become read-only', async () => {
      const gateway = await start();
      const sql = openDatabase(gateway);
      const name = new URL(gateway.database).pathname.slice(1);
      const terminate = () => sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${name} and application_name = 'gatehouse-jobs'`;
      // Like a connection to a demoted primary: a session that answers 25006 until it is closed.
      await sql.unsafe(`alter database ${name} set default_transaction_read_only = on`);
      expect((await terminate()).length).toBeGreaterThan(0);
      await sleep(6000);
      await sql.unsafe(`alter database ${name} reset default_transaction_read_only`);
      const person = someone();
      expectData(await register(gateway, person));
      await gateway.mail.waitForMail(person.email, undefined, 10_000);
    });

    it('processes jobs again within 10 s after its connections were closed', async () => {
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
  },
  { concurrent: true },
);
