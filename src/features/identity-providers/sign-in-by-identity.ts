import { type Actor, actingAs } from '../../platform/actor.js';
import { type Database, violatedUniqueConstraint } from '../../platform/database.js';
import { AuthError, AuthErrorCode, unavailable } from '../../platform/error.js';
import { foldCase } from '../../platform/text.js';
import type { User } from '../accounts/index.js';
import type { Challenge } from '../second-factors/index.js';
import type { TokenDelivery } from '../sessions/index.js';
import type { CompletedSignIn, OpenedSession } from '../sign-in/index.js';
import { createAccount } from './create-account.js';
import type { IdentityProviderDeps } from './deps.js';
import type { ProviderProfile, ProviderSettings } from './identity-provider.model.js';
import { addIdentity } from './link.js';

/** RFC 8176 has no value for a sign-in elsewhere. Microsoft uses this one. */
const AMR = ['fed'];
/** The account may change, or its username may be taken, between the reading and the writing. */
const MAX_ATTEMPTS = 5;

export interface ProviderSignIn {
  readonly settings: ProviderSettings;
  readonly profile: ProviderProfile;
  readonly remembered: boolean;
  readonly delivery: TokenDelivery;
  readonly deviceCookie: string | undefined;
}

type Opened = OpenedSession | Challenge;

/**
 * Signs the person in to the account of the identity. If there is none, creates an account or, if the settings allow it,
 * links the account that has verified the same address.
 * @throws AuthError ACCOUNT_DISABLED, EMAIL_NOT_VERIFIED, ACCOUNT_EXISTS, FORBIDDEN
 */
export async function signInByIdentity(
  deps: IdentityProviderDeps,
  actor: Actor,
  input: ProviderSignIn,
): Promise<CompletedSignIn | Challenge> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const opened = await tryToSignIn(deps, actor, input, attempt);
    if (opened === undefined) continue;
    return 'challengeToken' in opened ? opened : deps.signIn.issueTokens(opened);
  }
  throw unavailable(1);
}

/** Undefined if a concurrent request has changed the account. */
async function tryToSignIn(
  deps: IdentityProviderDeps,
  actor: Actor,
  input: ProviderSignIn,
  attempt: number,
): Promise<Opened | undefined> {
  const identity = await deps.identities.find(input.profile);
  if (identity !== undefined) return openKnown(deps, actor, input, identity.userId);
  try {
    return await admit(deps, actor, input, attempt);
  } catch (error) {
    // Another person took the username, or another request added the identity.
    if (violatedUniqueConstraint(error) !== undefined) return undefined;
    throw error;
  }
}

async function openKnown(
  deps: IdentityProviderDeps,
  actor: Actor,
  input: ProviderSignIn,
  userId: string,
): Promise<Opened | undefined> {
  const seen = await deps.users.findWithPending(userId);
  if (seen === undefined) return undefined;
  // Outside the transaction, because it may write a job.
  await deps.signIn.requireUsable(seen);
  return deps.db.transaction(async (tx) => {
    const user = await deps.users.lock(tx, userId);
    if (user?.isActive !== seen.isActive || user.emailVerified !== seen.emailVerified) return undefined;
    const use = { provider: input.settings.id, profile: input.profile };
    if (!(await deps.identities.recordUse(tx, userId, use))) return undefined;
    return open(deps, tx, actor, input, user);
  });
}

/**
 * Admits a person whose identity has no account.
 *
 * Attack: an attacker makes an account at the provider with the victim's address, which the provider has not checked. Or
 * the attacker registers the victim's address here, with a password, and waits for the victim to sign in by the
 * provider. So an account is created or linked only for an address that the provider has verified, and linked only if
 * the account here has verified it too (ASVS 6.8.1). An unverified account may have the password and factors
 * of an attacker, so it is never linked.
 */
function admit(
  deps: IdentityProviderDeps,
  actor: Actor,
  input: ProviderSignIn,
  attempt: number,
): Promise<Opened | undefined> {
  const { settings, profile } = input;
  const { email } = profile;
  // The same answer whether or not the address has an account: the person has not proved to own the mailbox.
  if (email === undefined || !profile.emailVerified) {
    throw new AuthError(settings.create ? AuthErrorCode.EMAIL_NOT_VERIFIED : AuthErrorCode.FORBIDDEN);
  }
  return deps.db.transaction(async (tx) => {
    await deps.users.lockAddress(tx, email);
    if ((await deps.identities.find(profile, tx)) !== undefined) return undefined;
    const owner = await deps.users.findByEmail(email, tx);
    if (owner !== undefined) return linkOwner(deps, tx, actor, input, owner.id);
    if (!settings.create) throw new AuthError(AuthErrorCode.FORBIDDEN);
    const user = await createAccount(deps, tx, actor, { settings, profile, email }, attempt);
    return open(deps, tx, actor, input, user);
  });
}

async function linkOwner(
  deps: IdentityProviderDeps,
  tx: Database,
  actor: Actor,
  input: ProviderSignIn,
  ownerId: string,
): Promise<Opened | undefined> {
  const { settings, profile } = input;
  const owner = await deps.users.lock(tx, ownerId);
  if (owner === undefined || foldCase(owner.email) !== foldCase(profile.email ?? '')) return undefined;
  if (!settings.linkVerified || !owner.emailVerified) throw new AuthError(AuthErrorCode.ACCOUNT_EXISTS);
  if (!owner.isActive) throw new AuthError(AuthErrorCode.ACCOUNT_DISABLED);
  await addIdentity(deps, tx, actingAs(actor, owner.id), owner, { provider: settings.id, profile });
  return open(deps, tx, actor, input, owner);
}

/** Without counter keys: wrong passwords do not block a sign-in by a provider, and it does not reset their counters. */
function open(
  { signIn }: IdentityProviderDeps,
  tx: Database,
  actor: Actor,
  { remembered, delivery, deviceCookie }: ProviderSignIn,
  user: User,
): Promise<Opened> {
  return signIn.complete(tx, actor, { user, amr: AMR, remembered, delivery, counterKeys: [], deviceCookie });
}
