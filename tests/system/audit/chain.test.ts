import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { beforeAll, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { audit, endIn, withoutTriggers } from '../../support/audit.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/backends.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { sleep, until } from '../../support/wait.js';

/** Runs SQL on the gateway's database. The gateway must be stopped if the database is embedded. */
async function execute(gateway: Gateway, statements: string): Promise<void> {
  if (gateway.backend === 'postgres') {
    await openDatabase(gateway).unsafe(statements).simple();
    return;
  }
  const folder = join(gateway.dataDir, '.data', 'postgres');
  const client = await PGlite.create({ dataDir: folder, extensions: { pg_trgm } });
  await client.exec(statements);
  await client.close();
}

describeOnPostgresFirst('the commands of the audit log', ({ backend, start }) => {
  it('seals, verifies and prunes the events of requests', async () => {
    const gateway = await start();
    const account = await registerAndVerify(gateway);
    await signIn(gateway, account);
    if (backend === 'pglite') {
      const refused = await audit(gateway, 'verify');
      expect(refused).toEqual({ status: 1, printed: expect.stringContaining('in use by process') });
    }
    await gateway.stop();
    await execute(
      gateway,
      // The job may have sealed the events already.
      withoutTriggers(`DELETE FROM audit_seals;
        UPDATE audit_events SET created_at = created_at - interval '400 days' WHERE id <= 2`),
    );
    expect(await audit(gateway, 'seal')).toEqual({ status: 0, printed: '3 rows sealed\n' });
    const whole = await audit(gateway, 'verify');
    expect(whole).toEqual({ status: 0, printed: expect.stringMatching(/^3 rows sealed, 0 waiting/) });
    const end = endIn(whole.printed);

    expect((await audit(gateway, 'prune', '--older-than', '401')).printed).toBe('0 rows pruned\n');
    expect((await audit(gateway, 'prune', '--older-than', '365')).printed).toBe('2 rows pruned\n');
    const kept = await audit(gateway, 'verify', '--end', end);
    expect(kept.status, kept.printed).toBe(0);
    expect(kept.printed).toMatch(/^1 rows sealed, 0 waiting.*\nrows up to event 2 were pruned\nintact/);
    expect(endIn(kept.printed)).toBe(end);
  }, 120_000);
});

it('prints the usage of the audit commands for wrong arguments', async () => {
  const place = { env: {}, dataDir: '/tmp' };
  for (const args of [[], ['seals'], ['prune'], ['prune', '--older-than', '0'], ['verify', '--end', 'x']]) {
    expect(await audit(place, ...args)).toEqual({
      status: 2,
      printed: expect.stringContaining('audit prune'),
    });
  }
});

describeOnPostgres('sealing while a gateway runs', ({ start }) => {
  let gateway: Gateway;
  let account: Account;

  beforeAll(async () => {
    gateway = await start();
    account = await registerAndVerify(gateway);
  });

  it('is done by a job, which logs the end of the chain', async () => {
    const sql = openDatabase(gateway);
    expect(await sql`SELECT cron FROM jobs.schedule WHERE name = 'audit-seals'`).toEqual([
      { cron: '* * * * *' },
    ]);
    await sql`INSERT INTO jobs.job (name) VALUES ('audit-seals')`;
    const line = await until('the log line of the seal', () =>
      gateway
        .logs()
        .split('\n')
        .find((one) => one.includes('audit log sealed')),
    );
    const verified = await audit(gateway, 'verify', '--end', endIn(line));
    expect(verified.status, verified.printed).toBe(0);
  });

  it('waits for an open transaction with a smaller id, and delays no sign-in', async () => {
    const sql = openDatabase(gateway);
    const slow = await sql.reserve();
    await slow`BEGIN`;
    const [row] = await slow`INSERT INTO audit_events (type) VALUES ('LOGGED_OUT') RETURNING id`;
    const id = row?.id;
    await signIn(gateway, account);
    const sealing = audit(gateway, 'seal');
    await sleep(2000);
    const begun = performance.now();
    await signIn(gateway, account);
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(await sql`SELECT FROM audit_seals WHERE event_id >= ${id}`).toHaveLength(0);

    await slow`COMMIT`;
    slow.release();
    expect((await sealing).status).toBe(0);
    expect(await sql`SELECT FROM audit_seals WHERE event_id = ${id}`).toHaveLength(1);
    const verified = await audit(gateway, 'verify');
    expect(verified.status, verified.printed).toBe(0);
  });

  it('gives up on a transaction that never ends, and seals nothing', async () => {
    const sql = openDatabase(gateway);
    const slow = await sql.reserve();
    await slow`BEGIN`;
    const [row] = await slow`INSERT INTO audit_events (type) VALUES ('LOGGED_OUT') RETURNING id`;
    const { status, printed } = await audit(gateway, 'seal');
    expect(status).toBe(1);
    expect(printed).toMatch(/audit log not sealed: a transaction .* has been open for over 20 seconds/);
    await slow`ROLLBACK`;
    slow.release();
    expect(await sql`SELECT FROM audit_seals WHERE event_id >= ${row?.id}`).toHaveLength(0);
  });

  it('does not delay sign-ins while another node seals or prunes', async () => {
    const sql = openDatabase(gateway);
    const sealer = await sql.reserve();
    await sealer`BEGIN`;
    await sealer`SELECT pg_advisory_xact_lock(4870313)`;
    await sealer`INSERT INTO audit_events (type) VALUES ('LOGGED_OUT')`;
    await signIn(gateway, account);
    await sealer`ROLLBACK`;
    sealer.release();
  });

  it('leaves one chain if four processes seal at once', async () => {
    const sql = openDatabase(gateway);
    await gateway.stop();
    await audit(gateway, 'seal');
    await sql`INSERT INTO audit_events (type, details)
      SELECT 'LOGGED_OUT', jsonb_build_object('n', n) FROM generate_series(1, 3000) AS n`;
    const runs = await Promise.all([1, 2, 3, 4].map(() => audit(gateway, 'seal')));
    expect(runs.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    const sealed = runs.map(({ printed }) => Number.parseInt(printed, 10));
    expect(sealed.reduce((sum, n) => sum + n)).toBe(3000);
    const verified = await audit(gateway, 'verify');
    expect(verified.status, verified.printed).toBe(0);
    expect(verified.printed).toContain(' 0 waiting');
  });

  it('shows its progress if there are many rows, as verifying does', async () => {
    const sql = openDatabase(gateway);
    await gateway.stop();
    await audit(gateway, 'seal');
    await sql`INSERT INTO audit_events (type) SELECT 'LOGGED_OUT' FROM generate_series(1, 6000)`;
    const sealed = await audit(gateway, 'seal');
    expect(sealed).toEqual({ status: 0, printed: expect.stringContaining('6000 rows sealed\n') });
    expect(sealed.printed.match(/\] \d+ of 6000 in \d+ s$/gm)?.length).toBeGreaterThan(5);
    const verified = await audit(gateway, 'verify');
    expect(verified.status, verified.printed).toBe(0);
    expect(verified.printed.match(/\] \d+ of \d+ in \d+ s$/gm)?.length).toBeGreaterThan(3);
  });
});
