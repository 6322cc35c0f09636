import type { Feature } from '../../graphql/feature.js';
import type { Metrics } from '../../platform/metrics.js';
import type { WindowCounter } from '../../platform/window-counter.js';
import type { UserCondition } from '../accounts/index.js';
import { isLockedFor } from './failure-counter.store.js';
import { LockedUntilResolver } from './locked-until.resolver.js';
import { Lockout, type LockoutDeps } from './lockout.js';
import { lockoutMetrics } from './metrics.js';
import { SprayGuard } from './spray-guard.js';

export type { Guess } from './guess.js';
export { DEVICE_DAYS } from './known-device.store.js';
export type { Lockout } from './lockout.js';

export interface LockoutOptions extends Omit<LockoutDeps, 'metrics' | 'sprayGuard'> {
  readonly metrics: Metrics;
  readonly counter: WindowCounter;
  /** Whether failures are also limited by network. */
  readonly rateLimitEnabled: boolean;
}

/** Counts failed attempts at passwords, and locks accounts against guessing. */
export function createLockout({ metrics, counter, rateLimitEnabled, ...shared }: LockoutOptions): {
  readonly lockout: Lockout;
  /** The SQL condition that the account of a user is locked. */
  readonly isLockedFor: UserCondition;
  readonly feature: Feature;
} {
  const lockout = new Lockout({
    ...shared,
    metrics: lockoutMetrics(metrics),
    sprayGuard: rateLimitEnabled ? new SprayGuard(counter) : undefined,
  });
  return {
    lockout,
    isLockedFor,
    feature: {
      resolvers: [new LockedUntilResolver(lockout.counters)],
      maintenance: [
        { name: 'old failures', run: () => lockout.counters.deleteOld() },
        { name: 'old devices', run: () => lockout.devices.deleteOld() },
      ],
    },
  };
}
