import type { FastifyInstance } from 'fastify';

export interface HealthDeps {
  /** Whether the database answers and accepts writes. */
  readonly canWrite: () => Promise<boolean>;
  /** Whether all nodes count rate limits together. */
  readonly isCounterShared: () => boolean;
  readonly isDraining: () => boolean;
}

/** Liveness (`/healthz`) and readiness (`/readyz`). */
export function healthRoutes(app: FastifyInstance, deps: HealthDeps): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const database = await deps.canWrite();
    const redis = deps.isCounterShared();
    const draining = deps.isDraining();
    const ready = database && !draining;
    void reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return {
      status: !ready ? 'unavailable' : redis ? 'ok' : 'degraded',
      database: database ? 'ok' : 'unavailable',
      redis: redis ? 'ok' : 'degraded',
      ...(draining && { draining }),
    };
  });
}
