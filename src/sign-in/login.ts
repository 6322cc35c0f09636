import type { User } from '../accounts/index.js';
import { recordAudit } from '../audit/index.js';
import { parseTypedPassword } from '../passwords/index.js';
import { AuthError, AuthErrorCode, badInput } from '../platform/error.js';
import { parseFields, plainText } from '../platform/input.js';
import type { Client } from '../platform/principal.js';
import type { SignedIn } from '../sessions/index.js';
import { checkPassword, type Matched } from './check-password.js';
import { type Candidates, findCandidates, LONGEST_IDENTIFIER } from './find-candidates.js';
import type { SignInParts } from './index.js';

export interface Credentials {
  /** A username or an address, in any letter case. */
  readonly identifier: string;
  readonly password: string;
  readonly rememberMe: boolean;
}

/**
 * Signs in by password.
 * @throws AuthError BAD_USER_INPUT, INVALID_CREDENTIALS; EMAIL_NOT_VERIFIED and ACCOUNT_DISABLED only after the
 *   right password
 */
export async function login(parts: SignInParts, credentials: Credentials, client: Client): Promise<SignedIn> {
  const { identifier, password } = parseCredentials(credentials);
  const candidates = await findCandidates(parts.users, identifier);
  const matched = await checkPassword(parts.hashing, password, candidates);
  if (matched === undefined) return fail(parts, candidates, client);
  refuseUnverified(parts, matched.user);
  refuseDisabled(matched.user);
  const signedIn = await openSession(parts, matched.user, credentials.rememberMe, client);
  if (matched.needsRenewal) await renewHash(parts, matched, password);
  return signedIn;
}

function parseCredentials({ identifier, password }: Credentials) {
  return parseFields({
    identifier: () => {
      const trimmed = plainText('identifier', identifier.trim(), LONGEST_IDENTIFIER);
      if (trimmed === '') throw badInput({ field: 'identifier', message: 'Must not be empty.' });
      return trimmed;
    },
    password: () => parseTypedPassword(password),
  });
}

/** The failure is audited on its own: there is nothing that it could be rolled back with. */
async function fail(parts: SignInParts, { user }: Candidates, client: Client): Promise<never> {
  await recordAudit(parts.db, { type: 'LOGIN_FAILED', subjectId: user?.id, client });
  throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
}

function refuseUnverified({ requireVerifiedEmail }: SignInParts, user: User): void {
  if (user.pending || (requireVerifiedEmail && !user.emailVerified)) {
    throw new AuthError(AuthErrorCode.EMAIL_NOT_VERIFIED);
  }
}

function refuseDisabled(user: User): void {
  if (!user.isActive) throw new AuthError(AuthErrorCode.ACCOUNT_DISABLED);
}

async function openSession(
  parts: SignInParts,
  seen: User,
  remembered: boolean,
  client: Client,
): Promise<SignedIn> {
  const { session, user } = await parts.db.transaction(async (tx) => {
    // The row is locked from here on: a deactivation or a reset comes either before, and is seen, or after, and
    // ends this session with the others.
    const user = await parts.users.noteSignIn(tx, seen);
    if (user === undefined) throw new AuthError(AuthErrorCode.INVALID_CREDENTIALS);
    const session = await parts.sessions.start(tx, { user, remembered, amr: ['pwd'], client });
    await recordAudit(tx, { type: 'LOGIN_SUCCEEDED', actorId: user.id, subjectId: user.id, client });
    return { session, user };
  });
  return parts.sessions.tokensOf(session, user);
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
