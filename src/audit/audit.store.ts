import type { Database } from '../platform/database.js';
import type { RequestOrigin } from '../platform/principal.js';
import { auditEvents } from './audit.table.js';
import type { AuditEventType } from './audit-event-type.js';

export interface AuditEntry {
  readonly type: AuditEventType;
  /** Who did it; nobody where nobody was signed in. */
  readonly actorId?: string | undefined;
  /** To whom it was done. */
  readonly subjectId?: string | undefined;
  readonly client?: RequestOrigin | undefined;
  /** What else is known. Never a secret, a token or a password. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Appends to the log, in the transaction of what it tells of: either both are there or neither. A failure to
 * write it therefore fails the operation (ASVS 16.1.1).
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
