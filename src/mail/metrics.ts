import { Counter } from 'prom-client';
import type { Metrics } from '../platform/metrics.js';

export type MailMetrics = ReturnType<typeof mailMetrics>;

export function mailMetrics({ registry }: Metrics) {
  return {
    mails: new Counter({
      name: 'gatehouse_mails_total',
      help: 'Mails by template and outcome.',
      labelNames: ['template', 'outcome'] as const,
      registers: [registry],
    }),
  };
}
