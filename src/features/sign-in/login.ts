import { recordAudit } from '../../audit/index.js';
import type { Database } from '../../platform/database.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import { parseFields, plainText } from '../../platform/input.js';
import type { RequestOrigin } from '../../platform/principal.js';
import type { User } from '../accounts/index.js';
import type { Guess } from '../lockout/index.js';
import { parseTypedPassword } from '../passwords/index.js';
import { checkPassword, type Matched } from './check-password.js';
import type { SignInDeps } from './deps.js';
import { canonicalIdentifier, findCandidates, MAX_IDENTIFIER_LENGTH } from './find-candidates.js';
import { type Finished, finish, openSession } from './open-session.js';
import type { IssuedChallenge, Method } from './second-factor.js';

export interface Credentials {
  /** A username or an address, in any letter case. */
  readonly identifier: string;
  readonly password: string;
  readonly rememberMe: boolean;
  /** How the client wants its tokens, for the second step. */
  readonly delivery: string;
  readonly deviceCookie: string | undefined;
}

/** A sign-in that was admitted. */
interface Attempt {
  readonly credentials: Credentials;
  readonly guess: Guess;
  readonly client: RequestOrigin;
}

/** A password is checked again if the account changes meanwhile; so often in all. */
const MAX_CHECKS = 3;

export type LoginOutcome = Finished | (IssuedChallenge & { readonly methods: readonly Method[] });

/**
 * Signs in by password, or asks for the second factor: before that nothing exists but the challenge.
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, RATE_LIMITED, SERVICE_UNAVAILABLE;
 *   EMAIL_NOT_VERIFIED and ACCOUNT_DISABLED only after the right password
 */
export async function login(
  deps: SignInDeps,
  credentials: Credentials,
  client: RequestOrigin,
): Promise<LoginOutcome> {
  const { identifier, password } = parseCredentials(credentials);
  try {
    return await attempt(deps, { ...credentials, identifier, password }, client);
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
  credentials: Credentials,
  client: RequestOrigin,
): Promise<LoginOutcome> {
  const { identifier, password, deviceCookie } = credentials;
  let candidates = await findCandidates(deps, identifier);
  const account = candidates.user ?? candidates.alsoPending?.user;
  const guess = await deps.lockout.admit(identifier, account, deviceCookie, client);
  for (let check = 0; check < MAX_CHECKS; check++) {
    const matched = await checkPassword(deps.hashing, password, candidates, guess);
    if (matched === undefined) break;
    await refuseUnusable(deps, matched.user);
    const outcome = await proceed(deps, matched.user, { credentials, guess, client });
    if (outcome !== undefined) {
      if (matched.needsRenewal) await renewHash(deps, matched, password);
      return outcome;
    }
    candidates = await findCandidates(deps, identifier);
  }
  return fail(deps, guess, account, client);
}

/** The failure is audited on its own: there is nothing that it could be rolled back with. */
async function fail(
  deps: SignInDeps,
  guess: Guess,
  account: User | undefined,
  client: RequestOrigin,
): Promise<never> {
  await deps.lockout.failed(guess, account, client);
  deps.metrics.signIns.inc({ outcome: 'failed' });
  await recordAudit(deps.db, { type: 'LOGIN_FAILED', subjectId: account?.id, client });
  throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
}

/** Whoever knows the password of an unverified account gets its link again, whatever strangers requested. */
async function refuseUnusable(deps: SignInDeps, user: User): Promise<void> {
  const isUnverified = user.pending || (deps.requireVerifiedEmail && !user.emailVerified);
  if (user.isActive && !isUnverified) return;
  deps.metrics.signIns.inc({ outcome: 'refused' });
  if (!user.isActive) throw new AuthError(AuthErrorCode.ACCOUNT_DISABLED);
  await deps.mailLinkAgain(user.id);
  throw new AuthError(AuthErrorCode.EMAIL_NOT_VERIFIED);
}

/**
 * What follows the right password. The second factor is looked for under the lock: one that was just enabled counts.
 * @returns undefined if password, address, role or state of the account have changed since the check
 */
async function proceed(deps: SignInDeps, seen: User, attempt: Attempt): Promise<LoginOutcome | undefined> {
  const { credentials, guess, client } = attempt;
  const outcome = await deps.db.transaction(async (tx) => {
    const user = await deps.users.lock(tx, seen.id);
    if (user?.credentialsVersion !== seen.credentialsVersion || !user.isActive) return undefined;
    const methods = await deps.secondFactor.methodsOf(tx, user.id);
    if (methods.length > 0) return { ...(await challenge(deps, tx, user, attempt)), methods };
    return openSession(deps, tx, {
      user,
      remembered: credentials.rememberMe,
      amr: ['pwd'],
      counterKeys: guess.keys,
      deviceCookie: credentials.deviceCookie,
      client,
    });
  });
  if (outcome === undefined) return undefined;
  if (!('session' in outcome)) {
    deps.metrics.signIns.inc({ outcome: 'challenged' });
    return outcome;
  }
  return finish(deps, outcome);
}

/** Counters are not cleared: the second factor has not passed yet. */
function challenge(
  deps: SignInDeps,
  tx: Database,
  { id }: User,
  { credentials: { rememberMe, delivery }, guess }: Attempt,
): Promise<IssuedChallenge> {
  const payload = { remembered: rememberMe ? 'yes' : 'no', delivery, counterKeys: guess.keys.join(' ') };
  return deps.secondFactor.issueChallenge(tx, id, payload);
}

/** Replaces a hash of an earlier system, cost or pepper while the password is at hand. */
async function renewHash(
  { users, hashing, log }: SignInDeps,
  { user }: Matched,
  password: string,
): Promise<void> {
  try {
    await users.renewPasswordHash(user.id, user.passwordHash as string, await hashing.hash(password));
  } catch (error) {
    // The sign-in has succeeded; the next one renews it.
    log.warn({ err: error }, 'a password hash could not be renewed');
  }
}
