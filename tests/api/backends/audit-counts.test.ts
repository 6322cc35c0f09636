import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import postgres from 'postgres';
import { beforeAll, expect, it } from 'vitest';
import { auditEvents } from '../../../src/audit/audit.table.js';
import { ChainStore } from '../../../src/audit/chain.store.js';
import { countAudit } from '../../../src/audit/count-audit.js';
import {
  AUDIT_EVENT_TYPES,
  AuditChain,
  CountStore,
  type EventCounts,
  StatisticsInterval,
} from '../../../src/audit/index.js';
import { readAuthStatistics } from '../../../src/features/statistics/auth-statistics.js';
import { queryRows } from '../../../src/platform/database.js';
import type { DatabaseHandle } from '../../../src/platform/database-handle.js';
import { createLog } from '../../../src/platform/log.js';
import { connectDatabase } from '../../../src/platform/startup.js';
import { stopAtEnd } from '../../support/at-end.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { embeddedDatabase } from '../../support/gateway.js';
import { runs } from '../../support/runs.js';
import { migratedDatabase } from '../../support/templates.js';

const DAY_MS = 86_400_000;
const NOW = Date.now();
/** More than the time that generated events go back. */
const RANGE = { from: new Date(NOW - 16 * DAY_MS), to: new Date(NOW + 60_000) };
const SOMEBODY = '00000000-0000-4000-8000-000000000001';
/** All rows are older. */
const PRUNED_DAYS = 0;
/** How often nodes count and read at the same time. */
const ROUNDS = 60;

type Event = Pick<typeof auditEvents.$inferInsert, 'type' | 'actorId' | 'details'> & { createdAt: Date };

const logFor = async (url: string, connections = 2) => {
  const database = await connectDatabase({ url, poolSize: connections }, createLog('silent'));
  stopAtEnd(() => database.close());
  return database;
};
const chainOf = ({ db }: DatabaseHandle) =>
  new AuditChain(db, ['a secret of thirty-two bytes....'], createLog('silent'));
const count = ({ db }: DatabaseHandle) =>
  countAudit({ store: new ChainStore(db) } as Parameters<typeof countAudit>[0]);
const read = ({ db }: DatabaseHandle, interval: StatisticsInterval, range = RANGE) =>
  readAuthStatistics({ counts: new CountStore(db) } as Parameters<typeof readAuthStatistics>[0], {
    ...range,
    interval,
  });

const total = async (database: DatabaseHandle, figure: keyof EventCounts): Promise<number> =>
  (await read(database, StatisticsInterval.DAY)).reduce((sum, day) => sum + day[figure], 0);

/** The definition of the figures, written a second time. */
function figuresOf({ type, actorId, details }: Event): (keyof EventCounts)[] {
  const facts = (details ?? {}) as Record<string, unknown>;
  switch (type) {
    case 'LOGIN_SUCCEEDED':
      return ['signIns'];
    case 'LOGIN_FAILED':
      return ['failedSignIns'];
    case 'TWO_FACTOR_FAILED':
      return actorId === null ? ['failedSignIns'] : [];
    case 'ACCOUNT_LOCKED':
      return ['lockouts'];
    case 'USER_CREATED':
      return ['registrations'];
    case 'USER_REGISTERED':
      return 'accountCreated' in facts || 'provider' in facts ? ['registrations'] : [];
    case 'EMAIL_VERIFIED':
      return 'accountExisted' in facts ? [] : ['registrations'];
    case 'PASSWORD_RESET':
      return ['passwordResets'];
    case 'TOKEN_REUSED':
      return ['tokenReuses'];
    default:
      return [];
  }
}

function plainCount(events: readonly Event[], starts: readonly Date[], lengthMs: number) {
  return starts.map((start) => {
    const counts = {
      signIns: 0,
      failedSignIns: 0,
      lockouts: 0,
      registrations: 0,
      passwordResets: 0,
      tokenReuses: 0,
    };
    for (const event of events) {
      const offset = event.createdAt.getTime() - start.getTime();
      if (offset >= 0 && offset < lengthMs) for (const figure of figuresOf(event)) counts[figure] += 1;
    }
    return { ...counts, start };
  });
}

const event: fc.Arbitrary<Event> = fc.record({
  type: fc.constantFrom(...AUDIT_EVENT_TYPES),
  actorId: fc.constantFrom(null, SOMEBODY),
  details: fc.constantFrom(
    null,
    {},
    { accountCreated: true },
    { accountExisted: true },
    { provider: 'corp' },
  ),
  createdAt: fc.oneof(
    fc.integer({ min: 0, max: 15 * DAY_MS }).map((age) => new Date(NOW - age)),
    // The first and the last millisecond of hours and days.
    fc
      .tuple(fc.integer({ min: 1, max: 15 * 24 }), fc.constantFrom(-1, 0))
      .map(([hours, ms]) => new Date((Math.floor(NOW / 3_600_000) - hours) * 3_600_000 + ms)),
  ),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(event, { minLength: 1, maxLength: 30 }) },
  { weight: 2, arbitrary: fc.constant('count' as const) },
  { weight: 1, arbitrary: fc.constant('prune' as const) },
);

describeOnBackends('the counts of audit events', ({ backend }) => {
  let database: DatabaseHandle;

  beforeAll(async () => {
    database = await logFor(await (backend === 'postgres' ? migratedDatabase() : embeddedDatabase()));
  });

  it('equal a plain count at any time, whatever was counted and pruned', async () => {
    const { db } = database;
    // Over all runs: rows of the log cannot be deleted.
    const events: Event[] = [];
    let pruned = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        for (const one of steps) {
          if (one === 'count') await chainOf(database).job.run({}, {} as never);
          else if (one === 'prune') {
            await chainOf(database).seal();
            pruned += await chainOf(database).prune(PRUNED_DAYS);
          } else {
            await db.insert(auditEvents).values(one);
            events.push(...one);
          }
          for (const interval of Object.values(StatisticsInterval)) {
            const answer = await read(database, interval);
            const lengthMs = interval === 'HOUR' ? 3_600_000 : DAY_MS;
            const starts = answer.map(({ start }) => start);
            expect(
              starts.slice(1).map((start, at) => start.getTime() - (starts[at]?.getTime() ?? 0)),
            ).toEqual(Array.from({ length: starts.length - 1 }, () => lengthMs));
            expect(answer).toEqual(plainCount(events, starts, lengthMs));
          }
        }
      }),
      { numRuns: runs(60) },
    );
    expect(events.length).toBeGreaterThan(50);
    expect(pruned).toBeGreaterThan(0);
  });

  it('keep the figures of rows that are pruned before the job has counted them', async () => {
    const { db } = database;
    const before = await total(database, 'tokenReuses');
    const createdAt = new Date(NOW - 10 * DAY_MS);
    await db
      .insert(auditEvents)
      .values(Array.from({ length: 7 }, () => ({ type: 'TOKEN_REUSED' as const, createdAt })));
    await chainOf(database).seal();
    expect(await chainOf(database).prune(PRUNED_DAYS)).toBeGreaterThanOrEqual(7);
    expect(await total(database, 'tokenReuses')).toBe(before + 7);
    await count(database);
    expect(await total(database, 'tokenReuses')).toBe(before + 7);
  });
});

describeOnPostgres('the counts of audit events of two nodes', () => {
  let url: string;
  let first: DatabaseHandle;
  let second: DatabaseHandle;
  let client: postgres.Sql;

  beforeAll(async () => {
    url = await migratedDatabase();
    [first, second] = await Promise.all([logFor(url, 4), logFor(url, 4)]);
    client = postgres(url, { max: 2, onnotice: () => {} });
    stopAtEnd(() => client.end({ timeout: 2 }));
  });

  it('count each row once if both count at the same time, and readers never see another sum', async () => {
    let rows = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // The last round has more rows than one batch.
      const more = round < ROUNDS - 1 ? 200 : 45_000;
      // The counting does not check the seals.
      await client`with added as (
          insert into audit_events (type, created_at)
          select 'LOGIN_SUCCEEDED', now() - (n % 300) * interval '1 hour' from generate_series(1, ${more}::int) n
          returning id
        ) insert into audit_seals (event_id, seal, sealed_at) select id, sha256('x'), now() from added`;
      rows += more;
      const [counted, sums] = await Promise.all([
        Promise.all([first, second, first].map(count)),
        Promise.all([second, first, second, first].map((node) => total(node, 'signIns'))),
      ]);
      expect(counted).toEqual([true, true, true]);
      expect(sums).toEqual([rows, rows, rows, rows]);
    }
    expect(await total(first, 'signIns')).toBe(rows);
    const [row] = await client`select sum(sign_ins)::int as counted from audit_counts`;
    expect(row?.counted).toBe(rows);
  });

  it('include a row once whose transaction commits after newer rows were counted', async () => {
    const before = await total(first, 'lockouts');
    const slow = await client.reserve();
    await slow`begin`;
    await slow`insert into audit_events (type, created_at) values ('ACCOUNT_LOCKED', now() - interval '3 hours')`;
    await client`insert into audit_events (type) values ('ACCOUNT_LOCKED')`;
    expect(await total(first, 'lockouts')).toBe(before + 1);
    // Waits for the open transaction.
    const counted = chainOf(first).job.run({}, {} as never);
    await count(second);
    expect(await total(second, 'lockouts')).toBe(before + 1);
    await slow`commit`;
    slow.release();
    expect(await total(second, 'lockouts')).toBe(before + 2);
    await counted;
    expect(await total(second, 'lockouts')).toBe(before + 2);
    const [row] =
      await client`select counted_to = (select max(id) from audit_events) as all from audit_count_progress`;
    expect(row?.all).toBe(true);
  });

  it('do not depend on the time zone of the server', async () => {
    const name = new URL(url).pathname.slice(1);
    await client.unsafe(`alter database ${name} set timezone = 'Asia/Kolkata'`);
    const elsewhere = await logFor(url);
    expect(await queryRows(elsewhere.db, sql`SELECT 1`)).toHaveLength(1);
    await client`insert into audit_events (type, created_at) values ('PASSWORD_RESET', '2025-03-30T23:45:00Z')`;
    const range = { from: new Date('2025-03-30T23:00:00Z'), to: new Date('2025-03-31T01:00:00Z') };
    for (const work of [async () => {}, () => chainOf(elsewhere).job.run({}, {} as never)]) {
      await work();
      const hours = await read(elsewhere, StatisticsInterval.HOUR, range);
      expect(hours.map(({ passwordResets }) => passwordResets)).toEqual([1, 0]);
      const days = await read(elsewhere, StatisticsInterval.DAY, range);
      expect(days.map(({ passwordResets }) => passwordResets)).toEqual([1, 0]);
    }
  });
});
