import { recordAudit } from '../audit/index.js';
import { purposeOf } from '../one-time-tokens/index.js';
import { violatedUnique } from '../platform/database.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { Client } from '../platform/principal.js';
import type { RegistrationParts } from './parts.js';

/**
 * Makes a user of a registration by the token that was mailed. Other registrations that wait for the same
 * address lose theirs: it is taken now.
 *
 * @returns the verified address
 * @throws AuthError TOKEN_INVALID, also where somebody else has verified the address meanwhile
 */
export async function verifyEmail(parts: RegistrationParts, token: string, client: Client): Promise<string> {
  // The same link and operation finish a change of address, which is the profile's.
  if (purposeOf(token) === 'CHANGE_EMAIL') return parts.confirmEmailChange(token, client);
  try {
    return await parts.db.transaction(async (tx) => {
      const { userId } = await parts.tokens.consumeOnce(tx, 'VERIFY_EMAIL', token);
      const user = await parts.users.markVerified(tx, userId);
      await parts.tokens.voidAll(tx, await parts.users.pendingRivals(tx, user));
      await recordAudit(tx, { type: 'EMAIL_VERIFIED', subjectId: userId, client });
      const { email, username, displayName } = user;
      await parts.outbox.enqueue(tx, 'welcome', email, { name: displayName ?? username, username });
      return email;
    });
  } catch (error) {
    if (violatedUnique(error) === 'users_email_unique') throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    throw error;
  }
}
