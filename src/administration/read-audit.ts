import { isId } from '../platform/id.js';
import type { AuditEventFilter, AuditEventRow, AuditLogStore } from './audit-log.store.js';

/** Lines of the security log, newest first; of somebody whose id is none there are none. */
export async function readAudit(
  log: AuditLogStore,
  filter: AuditEventFilter,
  from: string | undefined,
  limit: number,
): Promise<AuditEventRow[]> {
  const ids = [filter.actorId, filter.subjectId].filter((id) => id != null);
  return ids.every(isId) ? log.find(filter, from, limit) : [];
}
