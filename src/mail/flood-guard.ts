import { createHash } from 'node:crypto';
import { foldCase } from '../platform/text.js';
import type { WindowCounter } from '../platform/window-counter.js';
import type { MailName } from './templates.js';

const MAX_MAILS = 5;
const WINDOW_SECONDS = 3600;

/**
 * Limits the mails to one address, whoever asks for them: five of a kind per hour. Mails above the limit are not
 * sent later. The answers to the requests stay the same.
 */
export class FloodGuard {
  constructor(readonly counter: WindowCounter) {}

  /** Whether one more mail of this kind may go to the address; counts it. */
  async allows(template: MailName, address: string): Promise<boolean> {
    const digest = createHash('sha256').update(foldCase(address)).digest('base64url').slice(0, 22);
    const { count } = await this.counter.increment(`mails:${template}:${digest}`, WINDOW_SECONDS);
    return count <= MAX_MAILS;
  }
}
