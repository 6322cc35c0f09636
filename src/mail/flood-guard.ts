import { createHash } from 'node:crypto';
import type { KeyValueStore } from '../platform/store.js';
import type { MailName } from './templates.js';

const MOST = 5;
/** Verification mails have budgets of their own, by why they are sent: strangers must not use up the owner's. */
const BUDGETS = { 'verify-email:resend': 3, 'verify-email:sign-in': 3 } as const;
type MailKind = MailName | keyof typeof BUDGETS;
const SECONDS = 3600;

/**
 * Holds back a flood of mails to one address, whoever asks for them: five of a kind in an hour. What is held
 * back is not sent later; the answers stay the same.
 */
export class FloodGuard {
  constructor(
    readonly store: KeyValueStore,
    /** Counts where the store is away. */
    readonly fallback: KeyValueStore,
  ) {}

  /**
   * Whether one more mail of this kind may go out; counts it.
   * @param recipient the address, or what else has a budget of its own
   */
  async allows(kind: MailKind, recipient: string): Promise<boolean> {
    const digest = createHash('sha256').update(recipient.toLowerCase()).digest('base64url').slice(0, 22);
    const key = `mails:${kind}:${digest}`;
    const count = await this.store.increment(key, SECONDS).catch(() => this.fallback.increment(key, SECONDS));
    return count <= (BUDGETS[kind as keyof typeof BUDGETS] ?? MOST);
  }
}
