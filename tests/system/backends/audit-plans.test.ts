import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChainStore } from '../../../src/audit/chain.store.js';
import { countNext } from '../../../src/audit/count.store.js';
import { AuditLogStore, CountStore, StatisticsInterval } from '../../../src/audit/index.js';
import { rangeOfIds } from '../../../src/audit/month.js';
import { EVENTS as PARTITIONED_EVENTS, readSpans } from '../../../src/audit/month.store.js';
import { describeOnPostgres } from '../../support/backends.js';
import { openDatabase } from '../../support/database.js';
import { explained } from '../../support/plans.js';
import { migratedDatabase } from '../../support/templates.js';

const EVENTS = 100_000;
const SUBJECT = '00000000-0000-4000-8000-000000000001';
const BATCH = 5000;

describeOnPostgres('the query plans of the audit log', () => {
  let log: ReturnType<typeof explained>;
  let database: string;

  beforeAll(async () => {
    database = await migratedDatabase();
    const sql = openDatabase({ database });
    await sql`insert into audit_events (type, subject_id, created_at)
      select (case when n % 3 = 0 then 'LOGIN_FAILED' else 'TOKEN_REFRESHED' end)::audit_event_type,
        case when n % 100 = 0 then ${SUBJECT}::uuid else gen_random_uuid() end,
        now() - n * interval '300 seconds' from generate_series(${EVENTS}::int, 1, -1) n`;
    await sql`analyze audit_events`;
    log = explained(database, 'audit_events');
  });
  afterAll(() => log?.end());

  const plansOf = async (work: Promise<unknown>) => {
    log.plans();
    await work;
    const plans = log.plans();
    expect(plans.length).toBeGreaterThan(0);
    return plans;
  };

  it('count one batch by an index, whatever position the count has reached', async () => {
    const store = new ChainStore(log.db);
    const range = rangeOfIds(await readSpans(log.db, PARTITIONED_EVENTS), 0n, BigInt(EVENTS));
    if (range === undefined) throw new Error('no rows');
    for (let batch = 0; batch < EVENTS / BATCH; batch++) {
      const [plan] = await plansOf(store.exclusively((tx) => countNext(tx, BigInt(EVENTS), BATCH, range)));
      expect(plan, JSON.stringify(plan)).toMatchObject({ scansTable: false, rowsRead: BATCH });
      // The last batch may use the index of types by a skip scan (Postgres 18).
      expect(plan?.indexes[0]).toMatch(/^audit_events_(pkey|type)$/);
    }
  });

  it('read only the rows that are not counted yet', async () => {
    const sql = openDatabase({ database });
    const from = new Date(Date.now() - 399 * 86_400_000);
    for (const uncounted of [0, 20, 200]) {
      await sql`insert into audit_events (type) select 'LOGIN_FAILED' from generate_series(1, ${uncounted}::int)`;
      for (const interval of Object.values(StatisticsInterval)) {
        const [plan] = await plansOf(new CountStore(log.db).find(interval, from, new Date()));
        expect(plan, JSON.stringify(plan)).toMatchObject({ scansTable: false });
        expect(plan?.rowsRead).toBeLessThanOrEqual(220);
      }
    }
  });

  it('read one page of the events of a user', async () => {
    const events = new AuditLogStore(log.db);
    // Learns the months.
    await events.find({}, undefined, 1);
    for (const before of [undefined, { value: new Date().toISOString(), id: String(EVENTS / 2) }]) {
      const [plan] = await plansOf(events.find({ subjectId: SUBJECT }, before, 21));
      expect(plan, JSON.stringify(plan)).toMatchObject({
        nodes: ['Limit', 'Index Scan'],
        indexes: ['audit_events_subject'],
        rowsRead: 21,
      });
    }
  });
});
