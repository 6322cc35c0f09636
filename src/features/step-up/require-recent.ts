import type { Principal } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, type ReauthenticationMethod } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { StepUpDeps } from './deps.js';

/**
 * Refuses an operation unless the session has authenticated within `maxAge` seconds (ASVS 7.5.3, RFC 9470). The time is
 * the session's, in the database: a token with a later `auth_time` does not help.
 *
 * Attack: with a stolen access token or an unlocked computer, an attacker adds a way to sign in of their own. The session
 * is live, so only a new authentication tells the owner from the attacker.
 *
 * @throws AuthError REAUTHENTICATION_REQUIRED with the methods by which the user can authenticate again
 */
export async function requireRecent(
  deps: StepUpDeps,
  tx: Database,
  { userId, sessionId }: Principal,
  maxAge: number,
): Promise<void> {
  if (await deps.sessions.isRecent(tx, sessionId, maxAge)) return;
  const user = await deps.users.findWithPending(userId, tx);
  throw reauthenticationRequired(maxAge, user === undefined ? [] : await methodsOf(deps, tx, user));
}

/** The maximum age of an authentication, in seconds, if the password is omitted and step-up is off. */
const MAX_AGE_WITHOUT_PASSWORD = 900;

/** The maximum age of an authentication, in seconds, that stands in for a password. */
export function confirmationAge({ stepUpSeconds }: Pick<StepUpDeps, 'stepUpSeconds'>): number {
  return stepUpSeconds || MAX_AGE_WITHOUT_PASSWORD;
}

export function reauthenticationRequired(
  maxAge: number,
  methods: readonly ReauthenticationMethod[],
): AuthError {
  return new AuthError(AuthErrorCode.REAUTHENTICATION_REQUIRED, { maxAge, methods });
}

/** If a second factor is enabled, the password alone is not enough. */
export async function methodsOf(
  { secondFactors }: StepUpDeps,
  tx: Database,
  { id, passwordHash }: User,
): Promise<ReauthenticationMethod[]> {
  const methods = await secondFactors.reauthenticationMethods(tx, id);
  const isPasswordEnough = passwordHash !== null && !(await secondFactors.isRequired(tx, id));
  return isPasswordEnough ? ['PASSWORD', ...methods] : methods;
}
