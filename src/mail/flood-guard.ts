import { createHash } from 'node:crypto';
import { foldCase } from '../platform/text.js';
import type { WindowCounter } from '../platform/window-counter.js';
import type { MailName } from './templates.js';

const MAX_MAILS = 5;
/** Verification mails have budgets of their own, by why they are sent: strangers must not use up the owner's. */
const BUDGETS = { 'verify-email:resend': 3, 'verify-email:sign-in': 3 } as const;
type MailKind = MailName | keyof typeof BUDGETS;
const WINDOW_SECONDS = 3600;

/**
 * Limits the mails to one address, whoever asks for them: five of a kind per hour. Mails above the limit are not
 * sent later. The answers to the requests stay the same.
 */
export class FloodGuard {
  constructor(readonly counter: WindowCounter) {}

  /**
   * Whether one more mail of this kind may go out; counts it.
   * @param recipient the address, or what else has a budget of its own
   */
  async allows(kind: MailKind, recipient: string): Promise<boolean> {
    const digest = createHash('sha256').update(foldCase(recipient)).digest('base64url').slice(0, 22);
    const { count } = await this.counter.increment(`mails:${kind}:${digest}`, WINDOW_SECONDS);
    return count <= (BUDGETS[kind as keyof typeof BUDGETS] ?? MAX_MAILS);
  }
}
