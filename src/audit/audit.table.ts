import { bigint, index, inet, jsonb, pgEnum, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../platform/columns.js';
import { AUDIT_EVENT_TYPES } from './audit-event-type.js';

export const auditEventType = pgEnum('audit_event_type', AUDIT_EVENT_TYPES);

/**
 * The append-only audit log: triggers refuse UPDATE and TRUNCATE, and DELETE except for pruning. User ids have no foreign
 * key, because events are kept longer than users. Partitioned by `created_at`, see docs/adr/0014-audit-partitions.md.
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: bigint({ mode: 'bigint' }).generatedAlwaysAsIdentity(),
    type: auditEventType().notNull(),
    actorId: uuid(),
    subjectId: uuid(),
    ipAddress: inet(),
    userAgent: text(),
    details: jsonb(),
    createdAt: timestamptz().notNull().defaultNow(),
  },
  (table) => [
    // The key of a partitioned table must contain the column that it is partitioned by. Ids are unique by their sequence.
    primaryKey({ name: 'audit_events_pkey', columns: [table.id, table.createdAt] }),
    index('audit_events_subject').on(table.subjectId, table.id),
    index('audit_events_actor').on(table.actorId, table.id),
    index('audit_events_type').on(table.type, table.id),
    index('audit_events_address').on(table.ipAddress, table.id),
  ],
);
