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
   * Enqueues a notice in the transaction of the event. A deactivated account gets no notice.
   * @param actor the mail shows the IP address and user agent of the actor; pass `OPERATOR` to hide them
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
