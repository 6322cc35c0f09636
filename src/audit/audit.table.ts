import { bigint, index, inet, jsonb, pgEnum, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../platform/columns.js';
import { AUDIT_EVENT_TYPES } from './audit-event-type.js';

export const auditEventType = pgEnum('audit_event_type', AUDIT_EVENT_TYPES);

/**
 * The append-only security log: a trigger refuses UPDATE, DELETE and TRUNCATE. Ids of users are kept without
 * a foreign key, since the log outlives whom it tells of.
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
  ],
);
