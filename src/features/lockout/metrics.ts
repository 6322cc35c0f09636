import { Counter } from 'prom-client';
import type { Metrics } from '../../platform/metrics.js';

export type LockoutMetrics = ReturnType<typeof lockoutMetrics>;

export function lockoutMetrics({ registry }: Metrics) {
  return {
    locks: new Counter({
      name: 'gatehouse_locks_total',
      help: 'Locks of accounts and of known devices.',
      registers: [registry],
    }),
  };
}
