import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../../platform/metrics.js';

export type SessionMetrics = ReturnType<typeof sessionMetrics>;

export function sessionMetrics({ registry }: Metrics) {
  return {
    refreshes: new Counter({
      name: 'gatehouse_refreshes_total',
      help: 'Refreshes by outcome.',
      labelNames: ['outcome'] as const,
      registers: [registry],
    }),
    openTransactions: new Gauge({
      name: 'gatehouse_open_transactions',
      help: 'Transactions between the oldest open one and the newest. A high value slows the reading of session ends.',
      registers: [registry],
    }),
  };
}
