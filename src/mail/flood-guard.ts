import { createHash } from 'node:crypto';
import { foldCase } from '../platform/text.js';
import type { WindowCounter } from '../platform/window-counter.js';
import type { MailName } from './templates.js';

const MAX_MAILS = 5;
/** Separate limits, so that strangers who request mails do not use up the limit of the owner. */
const MAX_BY_KIND = { 'verify-email:resend': 3, 'verify-email:sign-in': 3 } as const;
type MailKind = MailName | keyof typeof MAX_BY_KIND;
const WINDOW_SECONDS = 3600;

/**
 * Limits the mails to one address, whoever requests them: five of a kind in an hour. Mails above the limit are never sent.
 * The responses to the requests stay the same.
 */
export class FloodGuard {
  constructor(readonly counter: WindowCounter) {}

  /**
   * Counts a mail, and returns whether it may be sent.
   * @param recipient the address, or another text that has its own limit
   */
  async allows(kind: MailKind, recipient: string): Promise<boolean> {
    const digest = createHash('sha256').update(foldCase(recipient)).digest('base64url').slice(0, 22);
    const { count } = await this.counter.increment(`mails:${kind}:${digest}`, WINDOW_SECONDS);
    return count <= (MAX_BY_KIND[kind as keyof typeof MAX_BY_KIND] ?? MAX_MAILS);
  }
}
