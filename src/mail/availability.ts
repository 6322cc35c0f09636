import type { Log } from '../platform/log.js';
import type { MailTransport } from './message.js';

/** Pause between two checks of a transport that is unavailable (ms). */
const CHECK_MS = 5000;

/**
 * Whether the mail transport is available at all. While it is not, no mail is attempted, so that an outage uses up no
 * attempts and all mails go out as soon as it has ended.
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
   * Finds out whether a failure that no answer explains was the transport's or the mail's: the transport is asked.
   * Failures at the same time share one check.
   */
  async confirm(reason: string): Promise<boolean> {
    const isAvailable = await this.#check();
    if (!isAvailable && !this.#isDown) {
      this.#isDown = true;
      this.log.warn(
        { transport: this.transport.name, reason },
        'mail not sent: the transport is unavailable, mails wait until it is back',
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
      this.log.info({ transport: this.transport.name }, 'the mail transport is available again');
    }, CHECK_MS).unref();
  }
}
