import type { User } from '../accounts/index.js';
import type { Guess } from '../lockout/index.js';
import type { PasswordHashing } from '../passwords/index.js';
import type { Candidates } from './find-candidates.js';

export interface Matched {
  readonly user: User;
  readonly needsRenewal: boolean;
}

/**
 * Whose password it is, if anybody's.
 *
 * Attack: somebody registers a victim's address with a password of their own and signs in with it. "Not
 * verified yet" would tell that the address is free, "wrong" that it is taken. So an address is compared with
 * its owner's hash and, if that fails, with that of the newest registration that waits for it, each time
 * against a dummy if there is none: a wrong password costs two hashes whatever stands behind the address.
 *
 * Older registrations that wait for the address are not compared: each would cost every wrong password another
 * hash. They are found by their usernames, which the mails name.
 */
export async function checkPassword(
  hashing: PasswordHashing,
  password: string,
  { user, alsoPending }: Candidates,
  guess: Guess,
): Promise<Matched | undefined> {
  const owners = alsoPending === undefined ? [user] : [user, alsoPending.user];
  const match = await hashing.verify(
    password,
    owners.map((owner) => owner?.passwordHash),
    guess,
  );
  const owner = match && owners[match.index];
  // The hash of a registration is renewed once it is a user.
  return owner && { user: owner, needsRenewal: match.needsRenewal && owner === user };
}
