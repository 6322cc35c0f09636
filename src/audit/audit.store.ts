import { type SQL, sql } from 'drizzle-orm';
import type { Actor } from '../platform/actor.js';
import type { Database } from '../platform/database.js';
import { auditEvents } from './audit.table.js';
import type { AuditEventType } from './audit-event-type.js';

export interface AuditEntry {
  readonly type: AuditEventType;
  /** The user whom the event concerns. */
  readonly subjectId?: string | undefined;
  /** Further facts. Never a secret, a token or a password. */
  readonly details?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/**
 * Appends events to the audit log in the transaction that causes them, so that neither exists without the other. If
 * the log cannot be written, the operation fails (ASVS 16.1.1).
 * @param actor whoever causes the events; their origin is recorded, and their user id if they are signed in
 */
export async function recordAudit(
  tx: Database,
  { userId, origin }: Actor,
  ...entries: readonly AuditEntry[]
): Promise<void> {
  await tx.insert(auditEvents).values(
    entries.map(({ type, subjectId, details }) => ({
      type,
      actorId: userId ?? null,
      subjectId: subjectId ?? null,
      ipAddress: origin.ipAddress,
      userAgent: origin.userAgent,
      details: details !== undefined && Object.keys(details).length > 0 ? details : null,
    })),
  );
}

/**
 * Appends an event for each row of a statement, as a part of that statement.
 * @param source a query in WITH; the users of its column `user_id` cause the events, which concern them
 */
export function insertAuditOf(
  type: AuditEventType,
  source: SQL,
  { ipAddress, userAgent }: { readonly ipAddress: SQL; readonly userAgent: SQL },
): SQL {
  return sql`INSERT INTO ${auditEvents} (type, actor_id, subject_id, ip_address, user_agent)
    SELECT ${sql.raw(`'${type}'`)}::audit_event_type, user_id, user_id, ${ipAddress}, ${userAgent} FROM ${source}`;
}
