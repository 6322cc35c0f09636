import type { GraphQLSchema } from 'graphql';
import { type RateLimitKeyGenerator, rateLimitDirective } from 'graphql-rate-limit-directive';
import type { IRateLimiterOptions, RateLimiterRes } from 'rate-limiter-flexible';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { WindowCounter } from '../platform/window-counter.js';
import type { GatewayContext } from './context.js';

/** Enforces `@rateLimit`. Each execution of a field counts, and so does each alias. */
export function enforceRateLimits(schema: GraphQLSchema, counter: WindowCounter): GraphQLSchema {
  const publicFields = fieldsWithDirective(schema, 'public');
  const { rateLimitDirectiveTransformer } = rateLimitDirective<GatewayContext, IRateLimiterOptions>({
    keyGenerator: callerKey(publicFields),
    onLimit: refuse,
    limiterClass: limiterClass(counter) as never,
  });
  return rateLimitDirectiveTransformer(schema);
}

function refuse(response: RateLimiterRes): never {
  throw new AuthError(AuthErrorCode.RATE_LIMITED, {
    retryAfter: Math.max(1, Math.ceil(response.msBeforeNext / 1000)),
  });
}

/**
 * The counter of a public field is keyed by address, never by account: otherwise an attacker multiplies the limit by
 * registering accounts.
 */
function callerKey(publicFields: ReadonlySet<string>): RateLimitKeyGenerator<GatewayContext> {
  return async (_directive, _source, _args, context, info) => {
    const field = `${info.parentType.name}.${info.fieldName}`;
    if (publicFields.has(field)) return `${field}:${context.origin.network}`;
    const { principal } = await context.authentication();
    return `${field}:${principal === null ? context.origin.network : principal.userId}`;
  };
}

function fieldsWithDirective(schema: GraphQLSchema, directive: string): Set<string> {
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

interface LimiterOptions {
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
}

/**
 * The directive library instantiates this class for each pair of limit and duration. It expects `consume` to reject with
 * the response if the limit is exceeded.
 */
function limiterClass(counter: WindowCounter) {
  return class {
    constructor(readonly options: LimiterOptions) {}

    async consume(key: string): Promise<Pick<RateLimiterRes, 'msBeforeNext'>> {
      const { points, duration } = this.options;
      const { count, resetInMs } = await counter.increment(`rate:${key}`, duration);
      const response = { msBeforeNext: resetInMs };
      if (count > points) throw response;
      return response;
    }
  };
}
