import type { Database } from '../platform/database.js';
import type { RequestOrigin } from '../platform/principal.js';
import { auditEvents } from './audit.table.js';
import type { AuditEventType } from './audit-event-type.js';

export interface AuditEntry {
  readonly type: AuditEventType;
  /** The signed-in user who did it, if any. */
  readonly actorId?: string | undefined;
  /** The user whom it concerns. */
  readonly subjectId?: string | undefined;
  readonly client?: RequestOrigin | undefined;
  /** Never a secret, a token or a password. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Writes audit events in the transaction of the operation: both commit, or neither. So if an event cannot be written, the
 * operation fails (ASVS 16.1.1).
 */
export async function recordAudit(tx: Database, ...entries: readonly AuditEntry[]): Promise<void> {
  await tx.insert(auditEvents).values(
    entries.map(({ type, actorId, subjectId, client, details }) => ({
      type,
      actorId: actorId ?? null,
      subjectId: subjectId ?? null,
      ipAddress: client?.ipAddress ?? null,
      userAgent: client?.userAgent ?? null,
      details: details ?? null,
    })),
  );
}
