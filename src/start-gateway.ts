import { setTimeout as sleep } from 'node:timers/promises';
import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.js';
import type { Features } from './features.js';
import type { GatewayContext } from './graphql/context.js';
import type { Feature } from './graphql/feature.js';
import type { SubscriptionServer } from './graphql/subscription-server.js';
import { createHttpServer } from './http/server.js';
import { serveSockets } from './http/sockets.js';
import { stopServing } from './http/stop.js';
import { type Infrastructure, openInfrastructure } from './infrastructure.js';
import { maintenanceJob } from './platform/jobs.js';
import { Lifecycle } from './platform/lifecycle.js';

export interface Assembled {
  readonly config: Config;
  readonly infrastructure: Infrastructure;
  readonly features: Features;
  readonly apollo: ApolloServer<GatewayContext>;
  readonly subscriptions: SubscriptionServer;
  readonly signal: AbortSignal | undefined;
}

export interface Running {
  readonly http: FastifyInstance;
  close(timeoutMs: number): Promise<void>;
}

/** Starts the components in order. If a component fails to start, closes the components that are already started. */
export function startGateway(assembled: Assembled): Promise<Running> {
  const { infrastructure, signal } = assembled;
  return Lifecycle.start(infrastructure.log, signal, async (lifecycle) => {
    await openInfrastructure(assembled.config, infrastructure, lifecycle);
    const { all } = assembled.features;
    for (const feature of all) await startFeature(feature, lifecycle);
    await startJobs(assembled, lifecycle);
    await createFirstAdmin(assembled);
    return serve(assembled, lifecycle);
  });
}

async function startFeature(feature: Feature, lifecycle: Lifecycle): Promise<void> {
  if (feature.close !== undefined) lifecycle.onClose(() => feature.close?.());
  await feature.start?.();
}

async function startJobs({ infrastructure, features }: Assembled, lifecycle: Lifecycle): Promise<void> {
  const { jobs, log } = infrastructure;
  const maintenance = features.all.flatMap((feature) => feature.maintenance ?? []);
  lifecycle.onClose((timeoutMs) => jobs.stop(timeoutMs));
  await jobs.start([
    ...features.all.flatMap((feature) => feature.jobs ?? []),
    maintenanceJob(maintenance, log),
  ]);
}

/**
 * A failure is only logged, because the gateway must still serve existing users.
 */
async function createFirstAdmin({ config, infrastructure: { log }, features }: Assembled): Promise<void> {
  if (config.bootstrapAdmin === undefined) return;
  try {
    const isCreated = await features.administration.bootstrapAdmin(config.bootstrapAdmin);
    if (isCreated) log.info('created the first admin and mailed the invitation (BOOTSTRAP_ADMIN_EMAIL)');
  } catch (error) {
    log.error({ err: error }, 'cannot create the first admin (BOOTSTRAP_ADMIN_EMAIL)');
  }
}

async function serve(assembled: Assembled, lifecycle: Lifecycle): Promise<Running> {
  const { config, infrastructure, features, apollo, subscriptions } = assembled;
  const { database, counter, metrics, tracer, log } = infrastructure;
  await apollo.start();
  lifecycle.onClose(() => apollo.stop());
  let isDraining = false;
  const shared = {
    authenticate: features.authenticate,
    log,
    metrics,
    trustProxy: config.http.trustProxy,
    corsOrigins: config.http.corsOrigins,
    isDraining: () => isDraining,
  };
  const http = await createHttpServer({
    ...shared,
    apollo,
    routes: features.all.flatMap((feature) => feature.routes ?? []),
    metricsToken: config.http.metricsToken,
    tracer,
    routerSecret: config.graphql.routerSecret,
    production: config.production,
    pages: config.pages,
    brand: config.brand,
    canWrite: () => database.canWrite(),
    isCounterShared: () => counter.isShared,
  });
  const sockets = serveSockets(http, { ...shared, subscriptions, watchSession: features.watchSession });
  const drain = () => {
    sockets.close();
    for (const feature of features.all) feature.drain?.();
  };
  lifecycle.onClose((timeoutMs) => stopServing(http, timeoutMs, drain));
  return {
    http,
    async close(timeoutMs) {
      isDraining = true;
      // Load balancers receive the 503, and clients "connection: close", before any connection is closed.
      await sleep(config.shutdownNoticeSeconds * 1000);
      await lifecycle.close(timeoutMs);
    },
  };
}
