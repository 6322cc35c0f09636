import { and, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { anyOf } from '../platform/columns.js';
import type { Database } from '../platform/database.js';
import { auditEvents } from './audit.table.js';
import type { AuditEventType } from './audit-event-type.js';

export type AuditEventRow = typeof auditEvents.$inferSelect;

export interface AuditEventFilter {
  readonly types?: readonly AuditEventType[] | null | undefined;
  readonly actorId?: string | null | undefined;
  readonly subjectId?: string | null | undefined;
  readonly ipAddress?: string | null | undefined;
  readonly after?: Date | null | undefined;
  readonly before?: Date | null | undefined;
}

export class AuditLogStore {
  constructor(readonly db: Database) {}

  /** Events older than the one with the id `from`, newest first. */
  find(filter: AuditEventFilter, from: string | undefined, limit: number): Promise<AuditEventRow[]> {
    const { types, actorId, subjectId, ipAddress, after, before } = filter;
    return this.db
      .select()
      .from(auditEvents)
      .where(
        and(
          from === undefined ? undefined : lt(auditEvents.id, BigInt(from)),
          types ? anyOf(auditEvents.type, types, 'audit_event_type') : undefined,
          actorId == null ? undefined : eq(auditEvents.actorId, actorId),
          subjectId == null ? undefined : eq(auditEvents.subjectId, subjectId),
          ipAddress == null ? undefined : eq(auditEvents.ipAddress, ipAddress),
          after ? gt(auditEvents.createdAt, sql`${after.toISOString()}::timestamptz`) : undefined,
          before ? lt(auditEvents.createdAt, sql`${before.toISOString()}::timestamptz`) : undefined,
        ),
      )
      .orderBy(desc(auditEvents.id))
      .limit(limit);
  }
}
