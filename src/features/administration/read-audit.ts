import type { AuditEventFilter, AuditEventRow, AuditLogStore, AuditPosition } from '../../audit/index.js';
import { isId } from '../../platform/id.js';
import { parseFields, parseInstant } from '../../platform/input.js';
import { parseIpAddress } from '../../platform/ip-address.js';

/**
 * Audit events, newest first. Empty if a user id or the IP address is malformed.
 * @throws AuthError BAD_USER_INPUT if a time is not valid
 */
export async function readAudit(
  log: AuditLogStore,
  filter: AuditEventFilter,
  from: AuditPosition | undefined,
  limit: number,
): Promise<AuditEventRow[]> {
  const { actorId, subjectId, after, before } = filter;
  const times = parseFields({
    after: () => after && parseInstant('filter.after', after),
    before: () => before && parseInstant('filter.before', before),
  });
  const ids = [actorId, subjectId].filter((id) => id != null);
  // Recorded addresses have this form.
  const ipAddress = filter.ipAddress == null ? null : parseIpAddress(filter.ipAddress)?.toString();
  if (!ids.every(isId) || ipAddress === undefined) return [];
  return log.find({ ...filter, ...times, ipAddress }, from, limit);
}
