import { recordAudit } from '../../audit/index.js';
import type { SignedInActor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import { requireOneOf } from '../../platform/input.js';
import type { User } from '../accounts/index.js';
import type { Session, SessionTokens } from '../sessions/index.js';
import type { StepUpDeps } from './deps.js';
import { confirmationAge, methodsOf, reauthenticationRequired } from './require-recent.js';

/** Exactly one of password, code and credential. */
export interface Reauthentication {
  readonly password?: string | null | undefined;
  /** A TOTP code or a recovery code. */
  readonly code?: string | null | undefined;
  /** JSON text of a WebAuthn assertion. */
  readonly credential?: string | null | undefined;
  /** The token of the ceremony that the credential answers. */
  readonly challengeToken?: string | null | undefined;
}

interface Reauthenticated {
  readonly session: Session;
  readonly user: User;
}

/**
 * Authenticates a signed-in user again. Returns an access token of the same session with the new `auth_time` (RFC 9470). A
 * password or passkey replaces the `amr` of the session; a code adds `otp` to it. Wrong passwords and codes count as in the other operations that check them.
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, UNAUTHENTICATED
 * @throws AuthError REAUTHENTICATION_REQUIRED for a password if the account has a second factor
 * @throws AuthError INVALID_TWO_FACTOR_CODE, TWO_FACTOR_NOT_ENABLED for a code; TOKEN_INVALID for a challenge
 */
export async function reauthenticate(
  deps: StepUpDeps,
  actor: SignedInActor,
  input: Reauthentication,
): Promise<SessionTokens> {
  const { password, code, credential } = input;
  requireOneOf({ password, code, credential });
  const { session, user } =
    password == null ? await byFactor(deps, actor, input) : await byPassword(deps, actor, password);
  return deps.sessions.issueTokens(session, user);
}

async function byPassword(
  deps: StepUpDeps,
  actor: SignedInActor,
  password: string,
): Promise<Reauthenticated> {
  const confirmed = await deps.passwords.confirm(actor, password);
  return deps.db.transaction(async (tx) => {
    const user = await confirmed.lock(tx);
    // If a sign-in needs a second factor, a stolen password must not be enough here.
    if (await deps.secondFactors.isRequired(tx, user.id)) {
      throw reauthenticationRequired(confirmationAge(deps), await methodsOf(deps, tx, user));
    }
    return record(deps, tx, actor, user, () => ['pwd']);
  });
}

async function byFactor(
  deps: StepUpDeps,
  actor: SignedInActor,
  { code, credential, challengeToken }: Reauthentication,
): Promise<Reauthenticated> {
  const lock = (tx: Database) => deps.sessions.lockCaller(tx, actor);
  const attempt = { userId: actor.userId, lock, isAlone: true };
  const response = { code, credential, challengeToken };
  try {
    return await deps.secondFactors.use(actor, attempt, response, (tx, { user, factor }) =>
      record(deps, tx, actor, user, (first) => factor.amr(first)),
    );
  } catch (error) {
    const isWrong = error instanceof AuthError && error.code === AuthErrorCode.INVALID_TWO_FACTOR_CODE;
    // The user sent a passkey, so the error must not name a code.
    throw isWrong && code == null ? new AuthError(AuthErrorCode.INVALID_CREDENTIALS) : error;
  }
}

async function record(
  { sessions }: StepUpDeps,
  tx: Database,
  actor: SignedInActor,
  user: User,
  amr: (first: readonly string[]) => readonly string[],
): Promise<Reauthenticated> {
  const session = await sessions.recordAuthentication(tx, actor, amr);
  const details = { session: session.id, amr: session.amr.join(' ') };
  await recordAudit(tx, actor, { type: 'REAUTHENTICATED', subjectId: user.id, details });
  return { session, user };
}
