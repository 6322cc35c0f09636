import type { FastifyInstance } from 'fastify';

export interface HealthParts {
  /** Whether the database answers. */
  readonly pingDatabase: () => Promise<boolean>;
  /** Whether the key-value store can be trusted just now. */
  readonly storeIsHealthy: () => boolean;
  readonly isDraining: () => boolean;
}

/** Liveness and readiness, for a load balancer. */
export function healthRoutes(app: FastifyInstance, parts: HealthParts): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const database = await parts.pingDatabase();
    const store = parts.storeIsHealthy();
    const draining = parts.isDraining();
    const ready = database && !draining;
    void reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return {
      status: !ready ? 'unavailable' : store ? 'ok' : 'degraded',
      database: database ? 'ok' : 'unavailable',
      redis: store ? 'ok' : 'degraded',
      ...(draining && { draining }),
    };
  });
}
