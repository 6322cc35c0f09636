import type { FastifyInstance } from 'fastify';
import { type Config, ConfigurationError } from './config.js';
import { createFeatures } from './features.js';
import { enforceAuth } from './graphql/guard.js';
import { enforceRateLimits } from './graphql/rate-limit.js';
import { errorReporter } from './graphql/request-report.js';
import { type BareSchema, buildBareSchema } from './graphql/schema.js';
import { createApolloServer } from './graphql/server.js';
import { createSubscriptionServer } from './graphql/subscription-server.js';
import { traceFields } from './graphql/trace-fields.js';
import { createInfrastructure } from './infrastructure.js';
import type { Renderer } from './mail/index.js';
import { type Clock, systemClock } from './platform/clock.js';
import type { Log } from './platform/log.js';
import { type Running, startGateway } from './start-gateway.js';

export interface Gateway {
  /** The schema as clients and routers see it. */
  readonly sdl: string;
  /**
   * Connects to all services and returns the HTTP server, which does not listen yet. If the start fails or
   * `signal` aborts it, everything that it opened is closed.
   * @throws StartupError if the operator must change something; the reason of `signal`
   */
  start(signal?: AbortSignal): Promise<FastifyInstance>;
  /** Announces the stop, finishes running requests and jobs for up to `timeoutMs`, and closes everything. */
  close(timeoutMs: number): Promise<void>;
}

/**
 * Creates all components of the gateway without connecting to any service.
 * @param renderer closed with the gateway; by default it has a thread of its own
 * @throws ConfigurationError if a setting does not match the schema
 */
export async function assemble(
  config: Config,
  givenLog: Log,
  clock: Clock = systemClock,
  renderer?: Renderer,
): Promise<Gateway> {
  const infrastructure = await createInfrastructure(config, givenLog, clock, renderer);
  const features = createFeatures(config, infrastructure);
  const { graphql, rateLimits } = config;
  const bare = await buildBareSchema(features.all, graphql.federationAuthenticated, {
    rateLimits,
    stepUpSeconds: config.stepUpSeconds,
  });
  refuseUnknownOperations(rateLimits, bare);
  const guarded = enforceAuth(bare.executable, features.all, {
    routerSecret: graphql.routerSecret,
    requireRecentAuth: features.requireRecentAuth,
  });
  const { counter, tracer } = infrastructure;
  const limited = config.rateLimitEnabled ? enforceRateLimits(guarded, counter) : guarded;
  const schema = traceFields(limited, tracer);
  const { introspection } = graphql;
  const { credentialFields } = bare;
  const { log } = infrastructure;
  const reportErrors = errorReporter(log, infrastructure.metrics);
  const options = { schema, credentialFields, introspection, log, reportErrors };
  const apollo = createApolloServer(options);
  const subscriptions = createSubscriptionServer(options);
  let running: Running | undefined;
  return {
    sdl: bare.sdl,
    async start(signal) {
      running = await startGateway({ config, infrastructure, features, apollo, subscriptions, signal });
      return running.http;
    },
    close: async (timeoutMs) => running?.close(timeoutMs),
  };
}

/** @throws ConfigurationError if RATE_LIMITS names an operation that the schema does not have */
function refuseUnknownOperations(rateLimits: Config['rateLimits'], { operationNames }: BareSchema): void {
  const unknown = Object.keys(rateLimits).findIndex((name) => !operationNames.has(name));
  if (unknown < 0) return;
  throw new ConfigurationError([
    `RATE_LIMITS entry ${unknown + 1} must name a query or mutation of the schema`,
  ]);
}
