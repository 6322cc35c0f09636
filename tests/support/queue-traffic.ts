import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { register, registerAndVerify, signIn, someone, verificationMail } from './accounts.js';
import type { BackendContext } from './backends.js';
import { expectData } from './client.js';
import { startGateway } from './gateway.js';
import { warnings } from './log-lines.js';
import { me, refresh } from './sessions.js';
import { withStoppedDatabase } from './stopped-database.js';
import { sleep } from './wait.js';

/** An archived job; the table has no defaults. */
const ARCHIVE = `insert into jobs.archive (id, archived_on, name, data, state, priority, retry_limit, retry_count,
  retry_delay, retry_backoff, start_after, expire_in, created_on, keep_until)`;
const REST = `'audit-seals', '{}', 'completed', 0, 3, 0, 5, true, now(), interval '1 minute', now(), now()`;

/**
 * Expects no warning under ordinary traffic, while the queue expires jobs of dead processes, archives completed jobs
 * and deletes archived ones. Its maintenance runs every 15 s.
 */
export async function expectMaintenanceOfQueue(
  start: BackendContext['start'],
  trafficMs: number,
): Promise<void> {
  const env = { RATE_LIMIT_ENABLED: 'true' };
  let gateway = await start({ env });
  const account = await registerAndVerify(gateway);
  await gateway.stop();

  const [orphan, completed, archived] = [randomUUID(), randomUUID(), randomUUID()];
  await withStoppedDatabase(gateway, async (run) => {
    // A job whose process died, a job completed long ago, and a job archived long ago.
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
    // About as many jobs as a few days of traffic leave.
    await run(`insert into jobs.job (name, data, state, completed_on)
      select 'audit-seals', '{}', 'completed', now() - interval '3 hours' from generate_series(1, 5000)`);
    await run(`${ARCHIVE} select gen_random_uuid(), now() - interval '5 days', ${REST}
      from generate_series(1, 5000)`);
  });

  gateway = await startGateway({ peer: gateway, port: gateway.port });
  let { refreshToken, accessToken: token } = await signIn(gateway, account);
  const end = performance.now() + trafficMs;
  for (let round = 0; performance.now() < end; round++) {
    expectData(await me(gateway, { accessToken: token }));
    if (round % 20 === 0) {
      const renewed = expectData(await refresh(gateway, { refreshToken }));
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

  await withStoppedDatabase(gateway, async (run) => {
    const [job] = await run('select state::text from jobs.job where id = $1', [orphan]);
    expect(job, 'the job of the dead process').toEqual({ state: 'completed' });
    expect(await run('select 1 from jobs.job where id = $1', [completed])).toEqual([]);
    expect(await run('select 1 from jobs.archive where id = $1', [completed])).toHaveLength(1);
    expect(await run('select 1 from jobs.archive where id = $1', [archived])).toEqual([]);
    const [count] = await run(`select (select count(*) from jobs.job)::int as jobs,
      (select count(*) from jobs.archive where archived_on < now() - interval '2 days')::int as archived`);
    // Only jobs of this traffic are left, none of the days before.
    expect(count?.jobs).toBeLessThan(100);
    expect(count?.archived).toBe(0);
  });
}
