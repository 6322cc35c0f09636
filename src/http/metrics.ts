import type { FastifyInstance, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { carriesToken } from '../platform/bearer-token.js';
import type { Metrics } from '../platform/metrics.js';

export interface MetricsDeps {
  readonly metrics: Metrics;
  /** Allows requests from other machines. */
  readonly metricsToken: string | undefined;
}

/** Metrics in Prometheus' format, for requests from loopback or with `METRICS_TOKEN` as bearer token. */
export function metricsRoute(app: FastifyInstance, { metrics, metricsToken }: MetricsDeps): void {
  app.get('/metrics', async (request, reply) => {
    const accepted = metricsToken === undefined ? [] : [metricsToken];
    const isAllowed = isLocal(request) || carriesToken(request.headers.authorization, accepted);
    if (!isAllowed) return reply.code(404).send();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** A request that a proxy on this machine forwards is not local. */
function isLocal(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? '';
  if (request.headers['x-forwarded-for'] !== undefined || !ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'loopback';
}
