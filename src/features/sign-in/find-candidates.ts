import { parseEmailAddress, type User } from '../accounts/index.js';
import type { SignInDeps } from './deps.js';

/** Longest identifier that can be anybody's: an address has 254 characters at most. */
export const MAX_IDENTIFIER_LENGTH = 320;

/**
 * An address in the form in which it is stored, so that one that is typed with its own letters is found, and
 * counted, as what it is; anything else as it was typed.
 */
export function canonicalIdentifier(identifier: string): string {
  if (!identifier.includes('@')) return identifier;
  try {
    return parseEmailAddress(identifier);
  } catch {
    // Nobody has it, which is for the sign-in to say.
    return identifier;
  }
}

/** Whom an identifier may mean; a username is nobody's twice, an address may have registrations that wait. */
export interface Candidates {
  readonly user: User | undefined;
  /** Set where the identifier is an address, whether or not anybody waits: then two hashes are compared. */
  readonly alsoPending: { readonly user: User | undefined } | undefined;
}

/** Finds whom an identifier means: an address has an `@`, a username never. */
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
