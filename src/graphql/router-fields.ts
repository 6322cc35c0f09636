import { timingSafeEqual } from 'node:crypto';
import { defaultFieldResolver, type GraphQLFieldConfig } from 'graphql';
import { AuthError, AuthErrorCode, badInput } from '../platform/error.js';
import type { GatewayContext } from './context.js';

/** How many different entities one request may ask for: one statement's worth. */
const MAX_DISTINCT = 100;
/** How many representations it may have in all: routers repeat the author of each ticket. */
const MAX_REPRESENTATIONS = 1500;

type Field = GraphQLFieldConfig<unknown, GatewayContext>;
type Check = (args: Record<string, unknown>, context: GatewayContext) => void;

/** With a router's secret set, `_service` answers routers alone. */
export function guardService(field: Field, secret: string | undefined): Field {
  return checked(field, routersOnly(secret));
}

/** The same for `_entities`, which also takes no more than a hundred different, well-formed representations. */
export function guardEntities(
  field: Field,
  secret: string | undefined,
  entityNames: ReadonlySet<string>,
): Field {
  return checked(field, routersOnly(secret), fewAndWellFormed(entityNames));
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
  if (secret === undefined) return () => {};
  const expected = Buffer.from(secret);
  return (_args, context) => {
    const given = Buffer.from(context.routerSecret ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new AuthError(AuthErrorCode.FORBIDDEN);
    }
  };
}

/** Counted over all aliases of a request: otherwise each alias would have a hundred of its own. */
function fewAndWellFormed(entityNames: ReadonlySet<string>): Check {
  const requests = new WeakMap<GatewayContext, { all: number; distinct: Set<string> }>();
  return ({ representations }, context) => {
    const given = representations as readonly unknown[];
    const seen = requests.get(context) ?? { all: 0, distinct: new Set() };
    requests.set(context, seen);
    seen.all += given.length;
    if (seen.all > MAX_REPRESENTATIONS)
      throw refused(`There are more than ${MAX_REPRESENTATIONS} in the request.`);
    if (!given.every((one) => entityNames.has(typeNameOf(one)))) {
      throw refused('Each must be an object whose __typename is an entity of this service.');
    }
    for (const one of given) seen.distinct.add(identityOf(one));
    if (seen.distinct.size > MAX_DISTINCT)
      throw refused(`There are more than ${MAX_DISTINCT} different ones in the request.`);
  };
}

/** Two representations with the same scalars are the same entity; a key of ours has nothing but scalars. */
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
