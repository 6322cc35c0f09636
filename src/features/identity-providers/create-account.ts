import { recordAudit } from '../../audit/index.js';
import { type Actor, actingAs, Role } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import { parseDisplayName, type User } from '../accounts/index.js';
import { chooseUsername } from './choose-username.js';
import type { IdentityProviderDeps } from './deps.js';
import type { ProviderProfile, ProviderSettings } from './identity-provider.model.js';
import { insertIdentity } from './link.js';

export interface NewPerson {
  readonly settings: ProviderSettings;
  readonly profile: ProviderProfile;
  /** Verified by the provider. */
  readonly email: string;
}

/**
 * Creates the account of a person who comes for the first time. The provider has verified the address, so the links of
 * pending registrations for it stop working, as if the person had verified a registration. The caller has locked the
 * address, and it has no owner.
 * @throws a unique violation of `users_username_unique` if the username was taken meanwhile
 */
export async function createAccount(
  deps: IdentityProviderDeps,
  tx: Database,
  { origin }: Actor,
  { settings, profile, email }: NewPerson,
  attempt: number,
): Promise<User> {
  const { users, tokens, outbox } = deps;
  const username = await chooseUsername(users, tx, profile.username ?? email, attempt);
  const displayName = displayNameOf(profile);
  const role = Role[settings.role];
  const user = await users.insert(tx, { username, email, displayName, role, emailVerified: true });
  await tokens.invalidateOthers(tx, user);
  const actor = actingAs({ origin }, user.id);
  const details = { provider: settings.id, ...(role !== Role.CUSTOMER && { role }) };
  await recordAudit(tx, actor, { type: 'USER_REGISTERED', subjectId: user.id, details });
  await insertIdentity(deps, tx, actor, user.id, { provider: settings.id, profile });
  await outbox.enqueue(tx, 'welcome', email, { name: displayName ?? username, username });
  return user;
}

/** Null if the provider gave none, or one that is not valid here. */
function displayNameOf({ name }: ProviderProfile): string | null {
  try {
    return parseDisplayName(name);
  } catch {
    return null;
  }
}
