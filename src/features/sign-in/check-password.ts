import type { User } from '../accounts/index.js';
import type { Guess } from '../lockout/index.js';
import type { PasswordHashing } from '../passwords/index.js';
import type { Candidates } from './find-candidates.js';

export interface Matched {
  readonly user: User;
  readonly needsRehash: boolean;
}

/**
 * Finds the candidate whose password matches.
 *
 * Attack: an attacker registers a victim's address with a new password and signs in with it. The answer "not
 * verified" reveals that the address is free; the answer "wrong password" reveals that it is taken. So for an
 * address, the password is compared with the hash of its owner and then with the hash of its newest pending
 * registration. A missing hash is replaced by a dummy hash. A wrong password therefore always costs two
 * hashes, so the response time does not reveal whether the address is registered.
 *
 * Older pending registrations are not compared, because each would add one hash to every wrong password.
 * Their users sign in by username, which the verification mail names.
 */
export async function checkPassword(
  hashing: PasswordHashing,
  password: string,
  { user, alsoPending }: Candidates,
  guess: Guess,
): Promise<Matched | undefined> {
  const owners = alsoPending === undefined ? [user] : [user, alsoPending.user];
  const hashes = owners.map((owner) => owner?.passwordHash);
  const match = await hashing.verify(password, hashes, guess).catch(async (error) => {
    // The row would only be left for a day.
    await guess.withdraw().catch(() => {});
    throw error;
  });
  const owner = match && owners[match.index];
  // The hash of a registration is renewed once it is a user.
  return owner && { user: owner, needsRehash: match.needsRehash && owner === user };
}
