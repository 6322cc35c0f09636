import type { User } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
import type { Admission } from '../lockout/index.js';
import { parseTypedPassword } from '../passwords/index.js';
import { AuthError, AuthErrorCode, badInput } from '../platform/error.js';
import { parseFields, plainText } from '../platform/input.js';
import type { Client } from '../platform/principal.js';
import { checkPassword, type Matched } from './check-password.js';
import {
  canonicalIdentifier,
  findCandidates,
  LONGEST_IDENTIFIER,
  withoutAnybody,
} from './find-candidates.js';
import { type Finished, finish, openSession } from './open-session.js';
import type { SignInParts } from './parts.js';
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

export type LoginOutcome = Finished | (IssuedChallenge & { readonly methods: readonly Method[] });

/**
 * Signs in by password, or asks for the second factor: before that nothing exists but the challenge.
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED, RATE_LIMITED, SERVICE_UNAVAILABLE;
 *   EMAIL_NOT_VERIFIED and ACCOUNT_DISABLED only after the right password
 */
export async function login(
  parts: SignInParts,
  credentials: Credentials,
  client: Client,
): Promise<LoginOutcome> {
  const { identifier, password } = parseCredentials(credentials);
  const candidates = await findCandidates(parts.users, identifier);
  const account = candidates.user ?? candidates.alsoPending?.user;
  const admission = await admit(parts, identifier, account, credentials.deviceCookie, client);
  try {
    const matched = await checkPassword(
      parts.hashing,
      password,
      admission.mayMatch ? candidates : withoutAnybody(candidates),
    );
    if (matched === undefined) return await fail(parts, admission, account, client);
    refuseUnusable(parts, matched.user);
    const outcome = await proceed(parts, matched.user, admission, credentials, client);
    if (matched.needsRenewal) await renewHash(parts, matched, password);
    return outcome;
  } finally {
    // A password that could not be checked, or was right, is no failure.
    await parts.lockout.settle(admission);
  }
}

function parseCredentials({ identifier, password }: Credentials) {
  return parseFields({
    identifier: () => {
      const trimmed = plainText('identifier', identifier.trim(), LONGEST_IDENTIFIER);
      if (trimmed === '') throw badInput({ field: 'identifier', message: 'Must not be empty.' });
      return canonicalIdentifier(trimmed);
    },
    password: () => parseTypedPassword(password),
  });
}

async function admit(
  { lockout, metrics }: SignInParts,
  identifier: string,
  account: User | undefined,
  deviceCookie: string | undefined,
  client: Client,
): Promise<Admission> {
  try {
    return await lockout.admit(identifier, account, deviceCookie, client);
  } catch (error) {
    metrics.signIns.inc({ outcome: 'locked' });
    throw error;
  }
}

/** The failure is audited on its own: there is nothing that it could be rolled back with. */
async function fail(
  parts: SignInParts,
  admission: Admission,
  account: User | undefined,
  client: Client,
): Promise<never> {
  parts.metrics.signIns.inc({ outcome: 'failed' });
  await recordAudit(parts.db, { type: 'LOGIN_FAILED', subjectId: account?.id, client });
  await parts.lockout.failed(admission, account, client);
  throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
}

function refuseUnusable(parts: SignInParts, user: User): void {
  const isUnverified = user.pending || (parts.requireVerifiedEmail && !user.emailVerified);
  if (user.isActive && !isUnverified) return;
  parts.metrics.signIns.inc({ outcome: 'refused' });
  throw new AuthError(user.isActive ? AuthErrorCode.EMAIL_NOT_VERIFIED : AuthErrorCode.ACCOUNT_DISABLED);
}

async function proceed(
  parts: SignInParts,
  user: User,
  admission: Admission,
  credentials: Credentials,
  client: Client,
): Promise<LoginOutcome> {
  const methods = await parts.secondFactor.methodsOf(user.id);
  if (methods.length === 0) return open(parts, user, admission, credentials, client);
  return { ...(await challenge(parts, user, admission, credentials)), methods };
}

async function open(
  parts: SignInParts,
  seen: User,
  admission: Admission,
  { rememberMe, deviceCookie }: Credentials,
  client: Client,
): Promise<Finished> {
  const opened = await parts.db.transaction((tx) =>
    openSession(parts, tx, {
      seen,
      remembered: rememberMe,
      amr: ['pwd'],
      counterKeys: admission.keys,
      deviceCookie,
      client,
    }),
  );
  parts.lockout.passed(admission);
  return finish(parts, opened);
}

/** Counters are given back, not cleared: the second factor has not passed yet. */
async function challenge(
  parts: SignInParts,
  seen: User,
  admission: Admission,
  { rememberMe, delivery }: Credentials,
): Promise<IssuedChallenge> {
  parts.metrics.signIns.inc({ outcome: 'challenged' });
  const payload = { remembered: rememberMe ? 'yes' : 'no', delivery, counterKeys: admission.keys.join(' ') };
  return parts.db.transaction(async (tx) => {
    // A reset that came between has voided the tokens that were there; this one must not outlive it.
    const user = await parts.users.lock(tx, seen.id);
    if (!user?.isActive || user.passwordHash !== seen.passwordHash) {
      throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
    }
    return parts.secondFactor.issueChallenge(tx, user.id, payload);
  });
}

/** Replaces a hash of an earlier system, cost or pepper while the password is at hand. */
async function renewHash(
  { users, hashing, log }: SignInParts,
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
