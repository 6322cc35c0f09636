import type { User } from './user.model.js';

/**
 * The name that a mail greets. Attack: somebody registers a stranger's address with a display name that
 * carries a message. So a mail to an unverified address does not contain the display name.
 */
export function nameInMails({ emailVerified, displayName, username }: User): string {
  return (emailVerified ? displayName : null) ?? username;
}
