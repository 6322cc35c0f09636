import type { User } from './user.store.js';

/**
 * Whom a mail greets. A display name is free text, so a mail to an address that nobody has verified does not carry
 * it: whoever registered may have typed a stranger's address.
 */
export function nameInMails({ emailVerified, displayName, username }: User): string {
  return (emailVerified ? displayName : null) ?? username;
}
