import { Counter } from 'prom-client';
import type { Metrics } from '../../platform/metrics.js';

export type SignInMetrics = ReturnType<typeof signInMetrics>;

export function signInMetrics({ registry }: Metrics) {
  return {
    signIns: new Counter({
      name: 'gatehouse_sign_ins_total',
      help: 'Sign-ins by outcome.',
      labelNames: ['outcome'] as const,
      registers: [registry],
    }),
  };
}
