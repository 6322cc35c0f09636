import type { Database } from '../../platform/database.js';
import { nameInMails, type User } from '../accounts/index.js';
import { TOKEN_LIFETIME_MINUTES } from '../one-time-tokens/index.js';
import type { RegistrationDeps } from './deps.js';

/** The input of the job: the address as it was asked for. */
export interface ResendRequest {
  readonly email: string;
}

export const RESEND_JOB = 'resend-verification';

/**
 * Mails the link that makes a user of a registration or, if its address has an owner already, tells the owner.
 * Either way one token is written (of use or not) and one job, so that both take the same time. The caller holds
 * the address.
 * @param options.again mails the former link if it still works: it may be in front of its reader already
 */
export async function mailVerification(
  deps: RegistrationDeps,
  tx: Database,
  user: User,
  owner: User | undefined,
  { again = false }: { readonly again?: boolean } = {},
): Promise<void> {
  const decoy = owner !== undefined && owner.id !== user.id;
  const former = again ? await deps.tokens.findVerification(tx, user.id) : undefined;
  const token = former?.token ?? (await deps.tokens.issue(tx, 'VERIFY_EMAIL', user.id, { decoy }));
  if (!decoy) {
    await deps.outbox.enqueue(tx, 'verify-email', user.email, {
      username: user.username,
      link: `${deps.linkBase}/verify-email?token=${token}`,
      expiresIn: `${former?.hoursLeft ?? TOKEN_LIFETIME_MINUTES.VERIFY_EMAIL / 60} hours`,
    });
  } else if (owner.isActive) {
    const { username, email } = owner;
    await deps.outbox.enqueue(tx, 'already-registered', email, { name: nameInMails(owner), username });
  } else {
    // A deactivated account gets no mail. A job that does nothing takes the same time.
    await deps.jobs.send<ResendRequest>(RESEND_JOB, { email: user.email }, tx);
  }
}
