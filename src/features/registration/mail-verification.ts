import type { Database } from '../../platform/database.js';
import type { User } from '../accounts/index.js';
import { TOKEN_LIFETIME_MINUTES } from '../one-time-tokens/index.js';
import type { RegistrationDeps } from './deps.js';

/** The payload of the job: the requested address in its canonical form. */
export interface ResendRequest {
  readonly email: string;
}

export const RESEND_JOB = 'resend-verification';

/**
 * Mails the verification link of a registration. If another user owns the address, notifies the owner
 * instead. Both paths write one token (a decoy if the address has an owner) and one job, so that the response
 * time does not reveal whether the address is registered. The caller holds the lock of the address.
 * @param options.again mails the previous link again if it still works, because the user may already have
 *   opened it
 */
export async function mailVerification(
  deps: RegistrationDeps,
  tx: Database,
  user: User,
  owner: User | undefined,
  { again = false }: { readonly again?: boolean } = {},
): Promise<void> {
  const decoy = owner !== undefined && owner.id !== user.id;
  const previous = again ? await deps.tokens.findVerification(tx, user.id) : undefined;
  const token = previous?.token ?? (await deps.tokens.issue(tx, 'VERIFY_EMAIL', user.id, { decoy }));
  if (decoy) return deps.notices.alreadyRegistered(tx, owner);
  await deps.outbox.enqueue(tx, 'verify-email', user.email, {
    username: user.username,
    link: `${deps.linkBase}/verify-email?token=${token}`,
    expiresIn: `${previous?.hoursLeft ?? TOKEN_LIFETIME_MINUTES.VERIFY_EMAIL / 60} hours`,
  });
}
