import { nameInMails, type User } from '../accounts/index.js';
import { MINUTES } from '../one-time-tokens/index.js';
import type { Database } from '../platform/database.js';
import type { RegistrationParts } from './parts.js';

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
  parts: RegistrationParts,
  tx: Database,
  user: User,
  owner: User | undefined,
  { again = false }: { readonly again?: boolean } = {},
): Promise<void> {
  const decoy = owner !== undefined && owner.id !== user.id;
  const link = (again && (await formerLink(parts, tx, user))) || (await newLink(parts, tx, user, decoy));
  if (!decoy) {
    await parts.outbox.enqueue(tx, 'verify-email', user.email, {
      username: user.username,
      link: `${parts.linkBase}/verify-email?token=${link.token}`,
      expiresIn: `${link.hours} hours`,
    });
  } else if (owner.isActive) {
    const { username, email } = owner;
    await parts.outbox.enqueue(tx, 'already-registered', email, { name: nameInMails(owner), username });
  } else {
    // A deactivated account gets no mail. A job that does nothing takes the same time.
    await parts.jobs.send<ResendRequest>(RESEND_JOB, { email: user.email }, tx);
  }
}

interface Link {
  readonly token: string;
  readonly hours: number;
}

async function newLink(
  { tokens, cipher }: RegistrationParts,
  tx: Database,
  { id }: User,
  decoy: boolean,
): Promise<Link> {
  const seal = (token: string) => cipher.encrypt(token, bindingOf(id));
  return {
    token: await tokens.issue(tx, 'VERIFY_EMAIL', id, { decoy, seal }),
    hours: MINUTES.VERIFY_EMAIL / 60,
  };
}

async function formerLink(
  { tokens, cipher }: RegistrationParts,
  tx: Database,
  { id }: User,
): Promise<Link | undefined> {
  const found = await tokens.findSealed(tx, 'VERIFY_EMAIL', id);
  try {
    return found && { token: cipher.decrypt(found.sealed, bindingOf(id)), hours: found.hoursLeft };
  } catch {
    // Sealed under a key that is gone: a new link is as good.
    return undefined;
  }
}

/** Binds the sealed token to its user. */
function bindingOf(userId: string): string {
  return `link:${userId}`;
}
