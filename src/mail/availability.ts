import type { Log } from '../platform/log.js';
import type { MailTransport } from './message.js';

const CHECK_INTERVAL_MS = 5000;

/**
 * Whether the mail transport is available. During an outage no mail is attempted, so that no attempts are counted, and all
 * mails are sent as soon as it ends.
 */
export class Availability {
  #isDown = false;
  #checking: Promise<boolean> | undefined;

  constructor(
    readonly transport: MailTransport,
    readonly log: Log,
  ) {}

  get isDown(): boolean {
    return this.#isDown;
  }

  /**
   * Checks the transport after a mail failed without an answer: the reason may be the transport or the mail. Failures at
   * the same time share one check.
   */
  async confirm(reason: string): Promise<boolean> {
    const isAvailable = await this.#check();
    if (!isAvailable && !this.#isDown) {
      this.#isDown = true;
      this.log.warn(
        { transport: this.transport.name, reason },
        'mail not sent, transport unavailable: all mails wait',
      );
      this.#checkLater();
    }
    return isAvailable;
  }

  #check(): Promise<boolean> {
    this.#checking ??= this.transport
      .check()
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.#checking = undefined;
      });
    return this.#checking;
  }

  #checkLater(): void {
    setTimeout(async () => {
      if (!(await this.#check())) return this.#checkLater();
      this.#isDown = false;
      this.log.info({ transport: this.transport.name }, 'mail transport available again');
    }, CHECK_INTERVAL_MS).unref();
  }
}
