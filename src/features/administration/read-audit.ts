import type { AuditEventFilter, AuditEventRow, AuditLogStore } from '../../audit/index.js';
import { isId } from '../../platform/id.js';
import { parseFields, parseInstant } from '../../platform/input.js';

/**
 * Audit events, newest first. Empty if a user id is malformed.
 * @throws AuthError BAD_USER_INPUT if a time is not valid
 */
export async function readAudit(
  log: AuditLogStore,
  filter: AuditEventFilter,
  from: string | undefined,
  limit: number,
): Promise<AuditEventRow[]> {
  const { actorId, subjectId, after, before } = filter;
  const times = parseFields({
    after: () => after && parseInstant('filter.after', after),
    before: () => before && parseInstant('filter.before', before),
  });
  const ids = [actorId, subjectId].filter((id) => id != null);
  return ids.every(isId) ? log.find({ ...filter, ...times }, from, limit) : [];
}
