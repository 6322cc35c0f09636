import type { Metrics } from '../platform/metrics.js';
import { type HashingOptions, PasswordHashing, type Verification } from './hashing.js';
import { HashingQueue } from './hashing-queue.js';

export { checkNewPassword, parseTypedPassword } from './policy.js';
export type { PasswordHashing, Verification };

/** Hashes in a queue of the gateway's own. */
export function createHashing(options: HashingOptions, metrics: Metrics): PasswordHashing {
  return new PasswordHashing(options, new HashingQueue((length) => metrics.hashing.set(length)));
}
