import type { AuditEventFilter, AuditEventRow, AuditLogStore, AuditPosition } from '../../audit/index.js';
import { type Principal, Role } from '../../platform/actor.js';

/**
 * The events that concern a user, newest first, as the caller may see them. Events that the user only caused are left
 * out: they concern other people.
 */
export async function readSecurityEvents(
  log: AuditLogStore,
  caller: Principal,
  filter: AuditEventFilter & { readonly subjectId: string },
  from: AuditPosition | undefined,
  limit: number,
): Promise<AuditEventRow[]> {
  const events = await log.find(filter, from, limit);
  return caller.role === Role.ADMIN ? events : events.map((event) => withoutOrigin(event, filter.subjectId));
}

/**
 * Hides the address, the user agent and the details of staff and admins who act upon the account. If nobody was signed
 * in, they stay: a failed sign-in shows the owner where the attempt came from.
 */
function withoutOrigin(event: AuditEventRow, ownerId: string): AuditEventRow {
  if (event.actorId === null || event.actorId === ownerId) return event;
  return { ...event, ipAddress: null, userAgent: null, details: null };
}
