import { Gauge } from 'prom-client';
import type { Feature } from '../../graphql/feature.js';
import type { SignedInActor } from '../../platform/actor.js';
import type { Metrics } from '../../platform/metrics.js';
import type { Tracer } from '../../platform/tracer.js';
import { type ConfirmedPassword, confirmPassword, type TypedPassword } from './confirm-password.js';
import type { PasswordDeps } from './deps.js';
import { type HashingOptions, PasswordHashing } from './hashing.js';
import { HashingQueue } from './hashing-queue.js';
import { PasswordsResolver, UserPasswordResolver } from './passwords.resolver.js';
import { mailReset, RESET_JOB, type ResetRequest } from './request-reset.js';

export { type BreachedPasswords, createBreachedPasswords } from './breached-passwords.js';
export type { ConfirmedPassword, TypedPassword } from './confirm-password.js';
export { checkConfirmation, checkNewPassword, parseTypedPassword } from './policy.js';
export type { PasswordHashing };

export interface Passwords {
  readonly feature: Feature;
  /** See `confirmPassword`. */
  confirm(actor: SignedInActor, password: TypedPassword): Promise<ConfirmedPassword>;
}

/** Password hashing with a queue of its own. */
export function createHashing(
  options: HashingOptions,
  { registry }: Metrics,
  tracer: Tracer,
): PasswordHashing {
  const queue = new HashingQueue(tracer);
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

/** Resets, changes and confirms passwords. */
export function createPasswords(deps: PasswordDeps): Passwords {
  return {
    confirm: (actor, password) => confirmPassword(deps, actor, password),
    feature: {
      start: () => deps.hashing.prepare(),
      resolvers: [new PasswordsResolver(deps), new UserPasswordResolver()],
      jobs: [{ name: RESET_JOB, run: (request: ResetRequest) => mailReset(deps, request) }],
    },
  };
}
