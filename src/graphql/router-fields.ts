import { timingSafeEqual } from 'node:crypto';
import { defaultFieldResolver, type GraphQLFieldConfig } from 'graphql';
import { AuthError, AuthErrorCode, badInput } from '../platform/error.js';
import type { GatewayContext } from './context.js';

/** Different entities in one request. One SQL statement reads them all. */
const MAX_ENTITIES = 100;
/** Representations in one request. Routers repeat an entity, such as the author of each ticket. */
const MAX_REPRESENTATIONS = 1500;

type Field = GraphQLFieldConfig<unknown, GatewayContext>;
type Check = (args: Record<string, unknown>, context: GatewayContext) => void;

/** Lets only routers read `_service`, if `ROUTER_SECRET` is set. */
export function guardService(field: Field, secret: string | undefined): Field {
  return checked(field, routersOnly(secret));
}

/** Does the same for `_entities`, and checks the representations. */
export function guardEntities(
  field: Field,
  secret: string | undefined,
  entityNames: ReadonlySet<string>,
): Field {
  return checked(field, routersOnly(secret), representationsWithinLimits(entityNames));
}

function checked(field: Field, ...checks: readonly Check[]): Field {
  const { resolve = defaultFieldResolver } = field;
  return {
    ...field,
    resolve(source, args, context, info) {
      for (const check of checks) check(args, context);
      return resolve(source, args, context, info);
    },
  };
}

function routersOnly(secret: string | undefined): Check {
  return (_args, context) => {
    if (!isRouter(secret, context.routerSecret)) throw new AuthError(AuthErrorCode.FORBIDDEN);
  };
}

/** Whether the caller presents the secret of the routers. Without `ROUTER_SECRET`, every caller may be one. */
export function isRouter(secret: string | undefined, presented: string | undefined): boolean {
  if (secret === undefined) return true;
  const expected = Buffer.from(secret);
  const given = Buffer.from(presented ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Counts over all aliases of a request: otherwise each alias would have its own limit. */
function representationsWithinLimits(entityNames: ReadonlySet<string>): Check {
  const requests = new WeakMap<GatewayContext, { count: number; entities: Set<string> }>();
  return ({ representations }, context) => {
    const given = representations as readonly unknown[];
    const seen = requests.get(context) ?? { count: 0, entities: new Set() };
    requests.set(context, seen);
    seen.count += given.length;
    if (seen.count > MAX_REPRESENTATIONS)
      throw refused(`A request can have at most ${MAX_REPRESENTATIONS} representations. Split it.`);
    if (!given.every((representation) => entityNames.has(typeNameOf(representation)))) {
      throw refused('Each must be an object whose __typename is an entity of this subgraph.');
    }
    for (const representation of given) seen.entities.add(identityOf(representation));
    if (seen.entities.size > MAX_ENTITIES)
      throw refused(`A request can have at most ${MAX_ENTITIES} different representations. Split it.`);
  };
}

/** Two representations with the same scalars are the same entity: all our keys are scalars. */
function identityOf(representation: unknown): string {
  return JSON.stringify(
    Object.entries(representation as object).filter(([, value]) => typeof value !== 'object'),
  );
}

function typeNameOf(representation: unknown): string {
  const { __typename } = Object(representation) as { __typename?: unknown };
  return typeof __typename === 'string' ? __typename : '';
}

const refused = (message: string) => badInput({ field: 'representations', message });
