import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  GraphQLSchema,
  isObjectType,
  parse,
  specifiedDirectives,
} from 'graphql';
import { buildSchema, createResolversMap, type NonEmptyArray } from 'type-graphql';
import { withAuthenticated } from './authenticated.js';
import { CHECKS_CREDENTIAL, ownDirectives, STEP_UP_SECONDS } from './directives.js';
import { errorCodes } from './error-codes.js';
import type { EventSource, Feature, Reference } from './feature.js';
import { type RateLimitOverrides, withRateLimits } from './rate-limit-overrides.js';

const FEDERATION = 'https://specs.apollo.dev/federation/v2.9';

/** The schema before the guards and rate limits are added. It can be printed but must not be served. */
export interface BareSchema {
  /** The SDL of the subgraph, for routers. */
  readonly sdl: string;
  readonly executable: GraphQLSchema;
  /** The names of all queries and mutations. */
  readonly operationNames: ReadonlySet<string>;
  /** Operations that check a password or code. */
  readonly credentialFields: ReadonlySet<string>;
}

export interface SchemaOptions {
  readonly rateLimits?: RateLimitOverrides;
  /** The default of `@recentAuth`. 0 turns it off. */
  readonly stepUpSeconds?: number;
}

/**
 * Builds the subgraph from the features' resolvers: TypeGraphQL builds a schema, its SDL is printed with directives, and
 * Apollo builds the subgraph from the SDL.
 * @throws TypeError if an operation has neither or both of `@auth` and `@public`
 */
export async function buildBareSchema(
  features: readonly Feature[],
  federationAuthenticated: boolean,
  { rateLimits = {}, stepUpSeconds = STEP_UP_SECONDS }: SchemaOptions = {},
): Promise<BareSchema> {
  const instances = features.flatMap((feature) => feature.resolvers ?? []);
  const container = new Map(instances.map((instance) => [instance.constructor, instance]));
  const built = await buildSchema({
    resolvers: [...container.keys()] as unknown as NonEmptyArray<never>,
    container: { get: (resolver) => container.get(resolver) },
    validate: false,
    skipCheck: true,
    pubSub: eventsOf(features),
  });
  refuseUnguardedOperations(built);
  describeRoots(built);
  const config = built.toConfig();
  const printable = new GraphQLSchema({
    ...config,
    types: [...config.types, errorCodes()],
    directives: [...specifiedDirectives, ...ownDirectives(built, stepUpSeconds)],
  });
  const printed = `${linkLine(federationAuthenticated)}\n\n${printSchemaWithDirectives(printable)}\n`;
  const limited = withRateLimits(printed, rateLimits);
  const sdl = federationAuthenticated ? withAuthenticated(limited) : limited;
  const resolvers: Record<string, Record<string, unknown>> = createResolversMap(built) as never;
  for (const reference of features.flatMap((feature) => feature.references ?? [])) {
    resolvers[reference.typeName] = {
      ...resolvers[reference.typeName],
      __resolveReference: hasDirective(built.getType(reference.typeName), 'auth')
        ? forSignedIn(reference)
        : reference.resolve,
    };
  }
  const executable = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
  return {
    sdl,
    executable,
    operationNames: new Set(fieldsOf(built.getQueryType(), built.getMutationType()).map(([name]) => name)),
    credentialFields: credentialFields(built),
  };
}

/** TypeGraphQL asks it for the events of a subscription field by topic and id. */
function eventsOf(features: readonly Feature[]) {
  const sources = new Map<string, EventSource>(
    features.flatMap((feature) => Object.entries(feature.events ?? {})),
  );
  return {
    subscribe(topic: string, id?: unknown): AsyncIterable<unknown> {
      const source = sources.get(topic);
      if (source === undefined || typeof id !== 'string') throw new TypeError(`no events of ${topic}`);
      return source(id);
    },
    publish(topic: string): void {
      throw new TypeError(`${topic} has a source of its own`);
    },
  };
}

/** Default-deny: the schema does not build if an operation does not say who may run it (ASVS 8.2.1). */
function refuseUnguardedOperations(schema: GraphQLSchema): void {
  for (const [name, field] of operations(schema)) {
    if (hasDirective(field, 'auth') === hasDirective(field, 'public')) {
      throw new TypeError(`${name} must have either @auth or @public`);
    }
  }
}

/** TypeGraphQL generates the root types without descriptions. */
function describeRoots(schema: GraphQLSchema): void {
  const [query, mutation, subscription] = [
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ];
  if (query) query.description = 'Operations that read data and change nothing.';
  if (mutation)
    mutation.description = 'Operations that change data. The mutations of one request run one after another.';
  if (subscription)
    subscription.description = 'Events, over WebSocket with the protocol graphql-transport-ws.';
}

function hasDirective(
  part: GraphQLField<unknown, unknown> | GraphQLNamedType | undefined,
  directive: string,
) {
  return part?.astNode?.directives?.some((node) => node.name.value === directive) ?? false;
}

/** Guards are on fields. Without this check, anybody could find out which ids exist. */
function forSignedIn(reference: Reference): Reference['resolve'] {
  return async (representation, context) => {
    await context.principal();
    return reference.resolve(representation, context);
  };
}

function operations(schema: GraphQLSchema) {
  return fieldsOf(schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType());
}

function fieldsOf(...types: readonly (GraphQLObjectType | null | undefined)[]) {
  return types.filter((type) => isObjectType(type)).flatMap((type) => Object.entries(type.getFields()));
}

function credentialFields(schema: GraphQLSchema): Set<string> {
  return new Set(
    operations(schema)
      .filter(([, field]) => field.extensions?.[CHECKS_CREDENTIAL] === true)
      .map(([name]) => name),
  );
}

function linkLine(federationAuthenticated: boolean): string {
  const imports = ['@key', '@shareable', ...(federationAuthenticated ? ['@authenticated'] : []), '@tag'];
  return `extend schema @link(url: "${FEDERATION}", import: [${imports.map((name) => `"${name}"`).join(', ')}])`;
}
