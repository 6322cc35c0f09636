import { createHash } from 'node:crypto';
import type { KeyValueStore } from '../platform/store.js';
import { foldCase } from '../platform/text.js';
import type { MailName } from './templates.js';

const MOST = 5;
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

  /** Whether one more mail of this kind may go to the address; counts it. */
  async allows(template: MailName, address: string): Promise<boolean> {
    const digest = createHash('sha256').update(foldCase(address)).digest('base64url').slice(0, 22);
    const key = `mails:${template}:${digest}`;
    const count = await this.store.increment(key, SECONDS).catch(() => this.fallback.increment(key, SECONDS));
    return count <= MOST;
  }
}
