import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuditEventFilter, AuditLogStore } from '../../../src/audit/index.js';
import { describeOnPostgres } from '../../support/backends.js';
import { openDatabase } from '../../support/database.js';
import { explained } from '../../support/plans.js';
import { migratedDatabase } from '../../support/templates.js';

const EVENTS = 200_000;
const PAGE = 51;
/** Caused the oldest events, so that a scan of the newest ones reads all others first. */
const RARE = { address: '2001:db8::7', id: '11111111-1111-4111-8111-111111111111' };
const FREQUENT = '192.0.2.1';

describeOnPostgres('the query plans of the filter of the audit log', () => {
  let database: ReturnType<typeof explained>;
  let log: AuditLogStore;

  beforeAll(async () => {
    const url = await migratedDatabase();
    const sql = openDatabase({ database: url });
    const insert = (events: number, address: string, id: string | null) => sql`
      insert into audit_events (type, actor_id, subject_id, ip_address)
      select 'LOGIN_FAILED', ${id}::uuid, ${id}::uuid, ${address}::inet from generate_series(1, ${events})`;
    await insert(2 * PAGE, RARE.address, RARE.id);
    await insert(EVENTS, FREQUENT, null);
    await sql`vacuum analyze audit_events`;
    database = explained(url, 'audit_events');
    log = new AuditLogStore(database.db);
    // Learns the months.
    await log.find({}, undefined, 1);
    database.plans();
  });
  afterAll(() => database?.end());

  const filters: [name: string, filter: AuditEventFilter, index: string][] = [
    ['a rare address', { ipAddress: RARE.address }, 'audit_events_address'],
    [
      'a rare address and a frequent type',
      { ipAddress: RARE.address, types: ['LOGIN_FAILED'] },
      'audit_events_address',
    ],
    ['a rare actor', { actorId: RARE.id }, 'audit_events_actor'],
    ['a rare subject', { subjectId: RARE.id }, 'audit_events_subject'],
  ];

  for (const [name, filter, index] of filters) {
    it(`reads only one page for ${name}, from any position`, async () => {
      for (const from of [undefined, { value: new Date().toISOString(), id: String(2 * PAGE) }]) {
        expect(await log.find(filter, from, PAGE)).toHaveLength(PAGE);
        const [plan] = database.plans();
        expect(plan?.indexes).toEqual([index]);
        expect(plan?.rowsRead).toBeLessThanOrEqual(2 * PAGE);
      }
    });
  }

  it('reads only one page for an address of most events, and nothing for an unknown address', async () => {
    expect(await log.find({ ipAddress: FREQUENT }, undefined, PAGE)).toHaveLength(PAGE);
    expect(database.plans()[0]?.rowsRead).toBe(PAGE);
    expect(await log.find({ ipAddress: '203.0.113.9' }, undefined, PAGE)).toEqual([]);
    expect(database.plans()[0]).toMatchObject({ indexes: ['audit_events_address'], rowsRead: 0 });
  });
});
