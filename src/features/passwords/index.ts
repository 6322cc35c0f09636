import { Gauge } from 'prom-client';
import type { Feature } from '../../graphql/feature.js';
import type { Metrics } from '../../platform/metrics.js';
import { type HashingOptions, PasswordHashing } from './hashing.js';
import { HashingQueue } from './hashing-queue.js';
import type { Passwords } from './passwords.js';
import { PasswordsResolver } from './passwords.resolver.js';
import { mailReset, RESET_JOB, type ResetRequest } from './request-reset.js';

export type { ConfirmedPassword } from './confirm-password.js';
export { Passwords } from './passwords.js';
export { checkConfirmation, checkNewPassword, parseTypedPassword } from './policy.js';
export type { PasswordHashing };

export function createHashing(options: HashingOptions, { registry }: Metrics): PasswordHashing {
  const queue = new HashingQueue();
  new Gauge({
    name: 'gatehouse_hashing_queue_length',
    help: 'Password hashes that run or wait.',
    registers: [registry],
    collect() {
      this.set(queue.length);
    },
  });
  return new PasswordHashing(options, queue);
}

export function passwordsFeature({ deps }: Passwords): Feature {
  return {
    resolvers: [new PasswordsResolver(deps)],
    jobs: [{ name: RESET_JOB, run: (request: ResetRequest) => mailReset(deps, request) }],
  };
}
