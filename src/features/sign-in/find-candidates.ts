import { parseEmailAddress, type User } from '../accounts/index.js';
import type { SignInDeps } from './deps.js';

/** A longer identifier matches no account: an address has at most 254 characters in its stored form. */
export const MAX_IDENTIFIER_LENGTH = 320;

/**
 * Returns an address in its stored form, so that an internationalised domain finds its account, and shares
 * its failure counter, in Unicode and in punycode. Returns any other identifier unchanged.
 */
export function canonicalIdentifier(identifier: string): string {
  if (!identifier.includes('@')) return identifier;
  try {
    return parseEmailAddress(identifier);
  } catch {
    // No account has this address. The sign-in fails later, as it does for any unknown identifier.
    return identifier;
  }
}

/**
 * The accounts that match an identifier. A username is unique; an address may also have pending
 * registrations.
 */
export interface Candidates {
  readonly user: User | undefined;
  /**
   * Set if the identifier is an address, even if no registration is pending: then two hashes are compared.
   */
  readonly alsoPending: { readonly user: User | undefined } | undefined;
}

/** Finds the accounts that match an identifier. An address has an `@`, a username has none. */
export async function findCandidates(
  { users, registrations }: Pick<SignInDeps, 'users' | 'registrations'>,
  identifier: string,
): Promise<Candidates> {
  if (!identifier.includes('@')) {
    return { user: await users.findByUsernameWithPending(identifier), alsoPending: undefined };
  }
  const [user, [pending]] = await Promise.all([
    users.findByEmail(identifier),
    registrations.findByEmail(identifier, 1),
  ]);
  return { user, alsoPending: { user: pending } };
}
