import type { MailTemplates, Outbox } from '../../mail/index.js';
import type { Actor } from '../../platform/actor.js';
import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database.js';
import { nameInMails } from './name-in-mails.js';
import type { User } from './user.model.js';

/** The fields that `send` takes from the user and the actor. */
type CommonField = 'name' | 'at' | 'ipAddress' | 'userAgent';

/** The names of the mails about a security event. They show its time and origin. */
type Notice = {
  [N in keyof MailTemplates]: MailTemplates[N] extends { name: string; at: string } ? N : never;
}[keyof MailTemplates];

/** Mails the owner of an account about security events (ASVS 6.3.7). */
export class Notices {
  constructor(
    readonly outbox: Outbox,
    readonly clock: Clock,
  ) {}

  /**
   * Tells the owner of an address that somebody tried to register it, or to change to it. For a deactivated owner it
   * writes a decoy instead of a mail, so that the response time does not reveal the state of the account.
   */
  async alreadyRegistered(tx: Database, owner: User): Promise<void> {
    if (!owner.isActive) return this.outbox.enqueueDecoy(tx);
    const { username, email } = owner;
    await this.outbox.enqueue(tx, 'already-registered', email, { name: nameInMails(owner), username });
  }

  /**
   * Mails a notice in the transaction of the event. A deactivated account gets none.
   * @param actor the mail names their address and user agent, so pass `OPERATOR` if the user must not learn these
   */
  async send<N extends Notice>(
    tx: Database,
    { origin: { ipAddress, userAgent } }: Pick<Actor, 'origin'>,
    user: User,
    notice: N,
    fields: Omit<MailTemplates[N], CommonField>,
  ): Promise<void> {
    if (!user.isActive) return;
    const at = new Date(this.clock.now()).toISOString();
    const common = { name: nameInMails(user), at, ipAddress, userAgent };
    await this.outbox.enqueue(tx, notice, user.email, {
      ...fields,
      ...common,
    } as unknown as MailTemplates[N]);
  }
}
