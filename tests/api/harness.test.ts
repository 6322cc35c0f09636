import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import nodemailer from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { describeOnPostgres, describeOnRedis } from '../support/backends.js';
import { openDatabase } from '../support/database.js';
import { flushRedis, freshDatabase, freshRedis } from '../support/services.js';
import { startMailServer } from '../support/smtp.js';
import { distinguishable } from '../support/timing.js';

/** If this comparison never reported a difference, every timing test would pass. */
describe('the rank test for times', () => {
  it('agrees with the published figures of a small sample', () => {
    const { p, auc } = distinguishable([19, 22, 16, 29, 24], [20, 11, 17, 12]);
    expect(auc).toBeCloseTo(17 / 20, 6);
    expect(p).toBeCloseTo(0.111, 3);
  });

  it('distinguishes two shifted samples, with ties and outliers', () => {
    const a = Array.from({ length: 40 }, (_, i) => Math.round(50 + (i % 10)));
    const b = a.map((value, i) => (i === 0 ? 5000 : value + 5));
    expect(distinguishable(a, b).p).toBeLessThan(0.001);
    expect(distinguishable(a, a).p).toBeGreaterThan(0.9);
  });
});

describe('the test mail server', () => {
  it('stores mails, and refuses connections while paused', async () => {
    const server = await startMailServer();
    const transport = nodemailer.createTransport({ host: '127.0.0.1', port: server.port });
    const send = (subject: string) =>
      transport.sendMail({
        from: 'a@example.com',
        to: 'B@example.com',
        subject,
        text: 'text',
        html: '<p>html</p>',
      });

    await server.pause();
    await expect(send('while it is down')).rejects.toThrow(/ECONNREFUSED/);
    await server.resume();
    await send('once it is back');
    const mail = await server.waitForMail('b@example.com');
    expect(mail).toMatchObject({ from: 'a@example.com', to: ['B@example.com'], subject: 'once it is back' });
    expect(mail.html).toContain('<p>html</p>');
    expect(await server.mails()).toHaveLength(1);
  });
});

it('requires a redis-server only for suites about Redis', () => {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.ts'),
  );
  const needing = files.filter((file) =>
    readFileSync(join(folder, file), 'utf8').includes('describeOnRedis('),
  );
  expect(needing.toSorted()).toEqual([
    'api/attacks/rate-limits.test.ts',
    'api/harness.test.ts',
    'long/faults/redis-outage.test.ts',
    'long/faults/restart.test.ts',
    'long/session-feed/outages.test.ts',
    'system/attacks/rate-limits.test.ts',
    'system/telemetry/receiver-faults.test.ts',
    'system/telemetry/traces.test.ts',
  ]);
});

describeOnPostgres('the Postgres server of the run', () => {
  it('gives each gateway an empty database of its own', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
    await openDatabase({ database: one })`create table only_here (id int)`;
    const [found] = await openDatabase({ database: other })`select to_regclass('only_here') is null as apart`;
    expect(found).toEqual({ apart: true });
  });
});

describeOnRedis('the Redis server of the run', () => {
  it('gives each gateway an empty store of its own', async () => {
    const stores = await Promise.all([freshRedis(), freshRedis()]);
    expect(new Set(stores).size).toBe(2);
    await flushRedis(stores[0] ?? '');
  });
});
