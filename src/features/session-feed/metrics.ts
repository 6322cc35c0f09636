import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../../platform/metrics.js';

export type FeedMetrics = ReturnType<typeof feedMetrics>;

export function feedMetrics({ registry }: Metrics) {
  return {
    streams: new Gauge({
      name: 'gatehouse_session_feed_streams',
      help: 'Open streams of GET /session-ends.',
      registers: [registry],
    }),
    requests: new Counter({
      name: 'gatehouse_session_feed_requests_total',
      help: 'Requests of GET /session-ends by outcome.',
      labelNames: ['outcome'] as const,
      registers: [registry],
    }),
    slow: new Counter({
      name: 'gatehouse_session_feed_slow_readers_total',
      help: 'Streams that were closed because their reader was too slow.',
      registers: [registry],
    }),
  };
}
