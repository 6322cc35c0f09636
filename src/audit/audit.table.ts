import { bigint, index, inet, jsonb, pgEnum, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../platform/columns.js';
import { AUDIT_EVENT_TYPES } from './audit-event-type.js';

export const auditEventType = pgEnum('audit_event_type', AUDIT_EVENT_TYPES);

/**
 * The append-only audit log: triggers refuse UPDATE and TRUNCATE, and DELETE except for pruning. User ids have no foreign
 * key, because events are kept longer than users.
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    type: auditEventType().notNull(),
    actorId: uuid(),
    subjectId: uuid(),
    ipAddress: inet(),
    userAgent: text(),
    details: jsonb(),
    createdAt: timestamptz().notNull().defaultNow(),
  },
  (table) => [
    index('audit_events_subject').on(table.subjectId, table.id),
    index('audit_events_actor').on(table.actorId, table.id),
    index('audit_events_type').on(table.type, table.id),
    index('audit_events_address').on(table.ipAddress, table.id),
  ],
);
