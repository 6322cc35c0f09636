import { recordAudit } from '../../audit/index.js';
import type { Actor } from '../../platform/actor.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields, plainText } from '../../platform/input.js';
import type { User } from '../accounts/index.js';
import type { Guess } from '../lockout/index.js';
import { parseTypedPassword } from '../passwords/index.js';
import type { Challenge } from '../second-factors/index.js';
import { checkPassword, type Matched } from './check-password.js';
import { completeSignIn, issueTokens } from './complete-sign-in.js';
import type { SignInDeps } from './deps.js';
import { canonicalIdentifier, findCandidates, MAX_IDENTIFIER_LENGTH } from './find-candidates.js';
import { requireUsable } from './require-usable.js';
import type { CompletedSignIn, Credentials } from './sign-in.model.js';

/** The maximum number of password checks. The check is repeated if the account changed meanwhile. */
const MAX_CHECKS = 3;

/**
 * Signs a user in by password, or issues a challenge for the second factor.
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, RATE_LIMITED, SERVICE_UNAVAILABLE;
 *   EMAIL_NOT_VERIFIED and ACCOUNT_DISABLED only after the correct password
 */
export async function login(
  deps: SignInDeps,
  actor: Actor,
  credentials: Credentials,
): Promise<CompletedSignIn | Challenge> {
  const { identifier, password } = parseCredentials(credentials);
  try {
    return await attempt(deps, actor, { ...credentials, identifier, password });
  } catch (error) {
    const isLocked = error instanceof AuthError && error.code === AuthErrorCode.ACCOUNT_LOCKED;
    if (isLocked) deps.metrics.signIns.inc({ outcome: 'locked' });
    throw error;
  }
}

function parseCredentials({ identifier, password }: Credentials) {
  return parseFields({
    identifier: () => {
      const trimmed = plainText('identifier', identifier.trim(), MAX_IDENTIFIER_LENGTH);
      if (trimmed === '') throw badInput({ field: 'identifier', message: 'Must not be empty.' });
      return canonicalIdentifier(trimmed);
    },
    password: () => parseTypedPassword(password),
  });
}

async function attempt(
  deps: SignInDeps,
  actor: Actor,
  credentials: Credentials,
): Promise<CompletedSignIn | Challenge> {
  const { identifier, password, deviceCookie } = credentials;
  let candidates = await findCandidates(deps, identifier);
  const account = candidates.user ?? candidates.alsoPending?.user;
  const guess = await deps.lockout.admit(actor, identifier, account, deviceCookie);
  for (let check = 0; check < MAX_CHECKS; check++) {
    const matched = await checkPassword(deps.hashing, password, candidates, guess);
    if (matched === undefined) break;
    await requireUsable(deps, matched.user);
    const outcome = await proceed(deps, actor, matched.user, credentials, guess.keys);
    if (outcome !== undefined) {
      if (matched.needsRehash) await rehash(deps, matched, password);
      return outcome;
    }
    candidates = await findCandidates(deps, identifier);
  }
  return fail(deps, actor, guess, account);
}

async function fail(deps: SignInDeps, actor: Actor, guess: Guess, account: User | undefined): Promise<never> {
  await deps.lockout.recordFailure(actor, guess, account);
  deps.metrics.signIns.inc({ outcome: 'failed' });
  await recordAudit(deps.db, actor, { type: 'LOGIN_FAILED', subjectId: account?.id });
  throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
}

/**
 * Opens the session or issues the challenge, after a correct password.
 * @returns undefined if password, address, role or state of the account have changed since the check
 */
async function proceed(
  deps: SignInDeps,
  actor: Actor,
  seen: User,
  { rememberMe, delivery, deviceCookie }: Credentials,
  counterKeys: readonly string[],
): Promise<CompletedSignIn | Challenge | undefined> {
  const outcome = await deps.db.transaction(async (tx) => {
    const user = await deps.users.lock(tx, seen.id);
    if (user?.credentialsVersion !== seen.credentialsVersion || !user.isActive) return undefined;
    const proof = { user, amr: ['pwd'], remembered: rememberMe, delivery, counterKeys, deviceCookie };
    return completeSignIn(deps, tx, actor, proof);
  });
  if (outcome === undefined) return undefined;
  if ('challengeToken' in outcome) {
    deps.metrics.signIns.inc({ outcome: 'challenged' });
    return outcome;
  }
  return issueTokens(deps, outcome);
}

/**
 * Replaces a hash with an outdated scheme, cost or pepper. This needs the password, which is known only during a sign-in.
 */
async function rehash(
  { users, hashing, log }: SignInDeps,
  { user }: Matched,
  password: string,
): Promise<void> {
  try {
    await users.renewPasswordHash(user.id, user.passwordHash as string, await hashing.hash(password));
  } catch (error) {
    // The sign-in has succeeded. The next sign-in tries again.
    log.warn({ err: error }, 'cannot renew the hash of a password after the sign-in');
  }
}
