import { recordAudit } from '../../audit/index.js';
import { type Actor, actingAs, OPERATOR, type SignedInActor } from '../../platform/actor.js';
import { type Database, violatedUniqueConstraint } from '../../platform/database.js';
import { AuthError, AuthErrorCode, badInput } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import type { SessionTokens } from '../sessions/index.js';
import type { IdentityProviderDeps } from './deps.js';
import type { IdentityUse } from './identity.store.js';
import type { LinkRequest } from './identity-provider.model.js';

const MAX_IDENTITIES = 20;

/**
 * Links an identity to the account of the user who asked for it, and answers with the tokens of the session that asked.
 *
 * Attack: an attacker starts a link and sends its URL to the victim. The victim's browser gets the code, but only the
 * attacker's page has the verifier, so nobody can redeem it. The reverse attack needs a recent authentication of the victim,
 * because `linkIdentity` requires it.
 *
 * @throws AuthError UNAUTHENTICATED if the session has ended; TOKEN_INVALID if password, address or role have changed;
 *   ACCOUNT_EXISTS if another account has the identity; BAD_USER_INPUT if the account has too many
 */
export async function linkIdentity(
  deps: IdentityProviderDeps,
  { origin }: Actor,
  identity: IdentityUse,
  { userId, sessionId, credentialsVersion }: LinkRequest,
): Promise<SessionTokens> {
  const { session, user } = await withIdentityTakenError(() =>
    deps.db.transaction(async (tx) => {
      const user = await deps.users.lock(tx, userId);
      const session = await deps.sessions.findLive(tx, sessionId);
      if (user === undefined || session === undefined) {
        throw new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason: 'SESSION_REVOKED' });
      }
      if (String(user.credentialsVersion) !== credentialsVersion)
        throw new AuthError(AuthErrorCode.TOKEN_INVALID);
      const owner = await deps.identities.find(identity.profile, tx);
      if (owner?.userId === userId) await deps.identities.recordUse(tx, userId, identity);
      else await addIdentity(deps, tx, actingAs({ origin }, userId), user, identity);
      return { session, user };
    }),
  );
  return deps.sessions.issueTokens(session, user);
}

/**
 * Adds an identity to an account that exists already, whose user is locked, and notifies the user by mail (ASVS 6.3.7).
 * @throws a unique violation of `identities_issuer_subject_unique` if another user has the identity
 * @throws AuthError BAD_USER_INPUT if the account has too many
 */
export async function addIdentity(
  deps: IdentityProviderDeps,
  tx: Database,
  actor: Actor,
  user: User,
  identity: IdentityUse,
): Promise<void> {
  await requireRoom(deps, tx, user.id);
  await insertIdentity(deps, tx, actor, user.id, identity);
  const provider = nameOf(deps, identity.provider);
  await deps.notices.send(tx, actor, user, 'identity-linked', { provider });
}

/** @throws a unique violation of `identities_issuer_subject_unique` if another user has the identity */
export async function insertIdentity(
  { identities }: Pick<IdentityProviderDeps, 'identities'>,
  tx: Database,
  actor: Actor,
  userId: string,
  identity: IdentityUse,
): Promise<void> {
  await identities.insert(tx, userId, identity);
  const details = { provider: identity.provider };
  await recordAudit(tx, actor, { type: 'IDENTITY_LINKED', subjectId: userId, details });
}

/** @throws AuthError BAD_USER_INPUT if the user, who is locked, has the maximum of identities */
export async function requireRoom(
  { identities }: IdentityProviderDeps,
  tx: Database,
  userId: string,
): Promise<void> {
  if ((await identities.countOf(tx, userId)) < MAX_IDENTITIES) return;
  throw badInput({
    field: 'provider',
    message: `Has ${MAX_IDENTITIES} linked accounts already. Remove one first.`,
  });
}

/**
 * Removes an identity of the actor.
 * @throws AuthError UNAUTHENTICATED, NOT_FOUND, LAST_SIGN_IN_METHOD
 */
export async function unlinkIdentity(
  deps: IdentityProviderDeps,
  actor: SignedInActor,
  id: string,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const user = await deps.sessions.lockCaller(tx, actor);
    const removed = await deps.identities.delete(tx, user.id, id);
    if (removed === undefined) throw new AuthError(AuthErrorCode.NOT_FOUND);
    await deps.signIn.requireMethodLeft(tx, user);
    const details = { provider: removed.provider };
    await recordAudit(tx, actor, { type: 'IDENTITY_UNLINKED', subjectId: user.id, details });
    const provider = nameOf(deps, removed.provider);
    await deps.notices.send(tx, actor, user, 'identity-unlinked', { provider });
  });
}

/**
 * Removes the identities of a user whose row is locked. For an address that is proven for the first time: whoever used
 * the account before may have linked an account of their own.
 */
export async function removeIdentities(
  { identities }: Pick<IdentityProviderDeps, 'identities'>,
  tx: Database,
  userId: string,
): Promise<void> {
  for (const { provider } of await identities.deleteAll(tx, userId)) {
    await recordAudit(tx, OPERATOR, { type: 'IDENTITY_UNLINKED', subjectId: userId, details: { provider } });
  }
}

/** A provider that is not in the settings any more has its former id as its name. */
export function nameOf({ providers }: Pick<IdentityProviderDeps, 'providers'>, id: string): string {
  return providers.get(id)?.settings.name ?? id;
}

async function withIdentityTakenError<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    const isTaken = violatedUniqueConstraint(error) === 'identities_issuer_subject_unique';
    throw isTaken ? new AuthError(AuthErrorCode.ACCOUNT_EXISTS) : error;
  }
}
