import type { FastifyInstance } from 'fastify';
import { Histogram } from 'prom-client';
import type { RequestReport } from '../graphql/context.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What GraphQL found out about the request; undefined if it did not get there. */
    report: RequestReport | undefined;
  }
}

/** Requests that take longer are logged at `info`. */
const SLOW_MS = 1000;

const FAULTS: ReadonlySet<string> = new Set(['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE']);

/**
 * One line a request: at `debug`, or at `info` if it was slow or failed. Also observes the latency of `POST /graphql`.
 * Paths are logged as the routes that they matched, because a path or a query can carry a token (ASVS 16.2.5).
 */
export function logRequests(app: FastifyInstance, log: Log, metrics: Metrics): void {
  const latency = latencyHistogram(metrics);
  app.decorateRequest('report', undefined);
  app.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
    const { report, method } = request;
    const path = request.routeOptions.url;
    const outcome = report?.outcome ?? (statusCode < 400 ? 'OK' : 'BAD_REQUEST');
    if (path === '/graphql' && method === 'POST') {
      latency.observe({ operation: report?.operation ?? 'none', outcome }, elapsedTime / 1000);
    }
    const failed = statusCode >= 500 || FAULTS.has(outcome);
    const level = failed || elapsedTime > SLOW_MS ? 'info' : 'debug';
    if (log.isLevelEnabled(level)) {
      log[level](
        {
          requestId: request.id,
          method,
          path: path ?? 'unknown',
          status: statusCode,
          milliseconds: Math.round(elapsedTime),
          ...report,
        },
        'request',
      );
    }
    done();
  });
}

/** `operation` is a root field of the schema, `outcome` is `OK` or an error code. */
function latencyHistogram({ registry }: Metrics) {
  return new Histogram({
    name: 'gatehouse_request_duration_seconds',
    help: 'Latency of GraphQL requests by operation and outcome.',
    labelNames: ['operation', 'outcome'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
}
