import type { GraphQLSchema } from 'graphql';
import { type RateLimitKeyGenerator, rateLimitDirective } from 'graphql-rate-limit-directive';
import {
  type IRateLimiterStoreOptions,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { RedisStore } from '../platform/store.redis.js';
import { within } from '../platform/within.js';
import type { GatewayContext } from './context.js';

/** How long a count in Redis may take, in milliseconds, before the process counts for itself. */
const COUNT_TIMEOUT = 250;

/**
 * Puts `@rateLimit` in force, per field execution, so that each alias counts.
 * @param redis counts for all nodes together; without it, or while it is away, each process counts alone
 */
export function enforceRateLimits(schema: GraphQLSchema, redis: RedisStore | undefined): GraphQLSchema {
  const publicFields = fieldsBearing(schema, 'public');
  const { rateLimitDirectiveTransformer } = rateLimitDirective<GatewayContext, IRateLimiterStoreOptions>({
    keyGenerator: callerKey(publicFields),
    onLimit: refuse,
    limiterClass: limiterClass(redis) as never,
    limiterOptions: { keyPrefix: 'rate', storeClient: redis?.client },
  });
  return rateLimitDirectiveTransformer(schema);
}

/** `RATE_LIMITED` with the seconds until the window ends. */
function refuse(response: RateLimiterRes): never {
  throw new AuthError(AuthErrorCode.RATE_LIMITED, {
    retryAfter: Math.max(1, Math.ceil(response.msBeforeNext / 1000)),
  });
}

/**
 * Public fields count the client's address always. Would they count a signed-in caller by account, a guesser
 * with many throw-away accounts had as many budgets.
 */
function callerKey(publicFields: ReadonlySet<string>): RateLimitKeyGenerator<GatewayContext> {
  return async (_directive, _source, _args, context, info) => {
    const field = `${info.parentType.name}.${info.fieldName}`;
    if (publicFields.has(field)) return `${field}:${context.client.network}`;
    const { principal } = await context.viewer();
    return `${field}:${principal === null ? context.client.network : principal.userId}`;
  };
}

function fieldsBearing(schema: GraphQLSchema, directive: string): Set<string> {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).map(
    (field) => ['Mutation', field] as const,
  );
  const queries = Object.values(schema.getQueryType()?.getFields() ?? {}).map(
    (field) => ['Query', field] as const,
  );
  return new Set(
    [...mutations, ...queries]
      .filter(([, field]) => field.astNode?.directives?.some((node) => node.name.value === directive))
      .map(([type, field]) => `${type}.${field.name}`),
  );
}

/** What the library calls for each count, though its types keep it private. */
type Counting = { _upsert(...args: unknown[]): Promise<unknown> };
const RedisLimiter = RateLimiterRedis as unknown as new (
  options: IRateLimiterStoreOptions & { useRedisPackage: boolean },
) => RateLimiterRedis & Counting;

/** The directive makes one limiter for each pair of limit and duration, by a class that it instantiates. */
function limiterClass(redis: RedisStore | undefined) {
  if (redis === undefined) return RateLimiterMemory;
  return class extends RedisLimiter {
    constructor(options: IRateLimiterStoreOptions) {
      super({ ...options, useRedisPackage: true, insuranceLimiter: new RateLimiterMemory(options) });
    }

    // The library waits for Redis for ever and rethrows its raw errors. A rejection here hands over to the
    // insurance limiter.
    override async _upsert(...args: unknown[]): Promise<unknown> {
      if (!redis.healthy) throw new Error('Redis is out of reach');
      return within(COUNT_TIMEOUT, super._upsert(...args));
    }
  };
}
