import type { Feature } from '../../graphql/feature.js';
import { LockedUntilResolver } from './locked-until.resolver.js';
import type { Lockout } from './lockout.js';

export type { Guess } from './guess.js';
export { DEVICE_DAYS } from './known-device.store.js';
export { Lockout } from './lockout.js';
export { lockoutMetrics } from './metrics.js';

export function lockoutFeature(lockout: Lockout): Feature {
  return {
    resolvers: [new LockedUntilResolver(lockout.counters)],
    maintenance: [
      { name: 'old failures', run: () => lockout.counters.deleteOld() },
      { name: 'old devices', run: () => lockout.devices.deleteOld() },
    ],
  };
}
export { SprayGuard } from './spray-guard.js';
