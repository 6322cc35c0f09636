import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';
import type { RequestReport } from '../graphql/context.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The result of the GraphQL layer; undefined if the request did not reach it. */
    report: RequestReport | undefined;
  }
}

const SLOW_MS = 1000;

const FAULTS: ReadonlySet<string> = new Set(['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE']);

/**
 * Logs one line for each request: at `debug`, or at `info` if it was slow or failed. Also measures the latency of
 * `POST /graphql`. Logs the matched route instead of the path and query, which may contain a token (ASVS 16.2.5).
 */
export function logRequests(app: FastifyInstance, log: Log, metrics: Metrics): void {
  const latency = latencyHistogram(metrics);
  app.decorateRequest('report', undefined);
  app.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
    const { report, method } = request;
    const path = request.routeOptions.url;
    const outcome = outcomeOf(request, statusCode);
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

/** The code of the first error of the answer, or `OK`. */
export function outcomeOf({ report }: FastifyRequest, status: number): string {
  if (report?.outcome !== undefined) return report.outcome;
  if (status >= 500) return 'INTERNAL_SERVER_ERROR';
  return status < 400 ? 'OK' : 'BAD_REQUEST';
}

/** `operation` is a root field of the schema, `outcome` is `OK` or an error code. Clients cannot add other values. */
function latencyHistogram({ registry }: Metrics) {
  return new Histogram({
    name: 'gatehouse_request_duration_seconds',
    help: 'Latency of GraphQL requests by operation and outcome.',
    labelNames: ['operation', 'outcome'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
}
