import { timingSafeEqual } from 'node:crypto';
import { defaultFieldResolver, type GraphQLFieldConfig } from 'graphql';
import { AuthError, AuthErrorCode, badInput } from '../platform/error.js';
import type { GatewayContext } from './context.js';

/** As many entities as one request may ask for: one statement's worth. */
const MOST = 100;

type Field = GraphQLFieldConfig<unknown, GatewayContext>;
type Check = (args: Record<string, unknown>, context: GatewayContext) => void;

/** With a router's secret set, `_service` answers routers alone. */
export function guardService(field: Field, secret: string | undefined): Field {
  return checked(field, routersOnly(secret));
}

/** The same for `_entities`, which takes no more than a hundred well-formed representations besides. */
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

/** Counted over all aliases of a request: else each alias had a hundred of its own. */
function fewAndWellFormed(entityNames: ReadonlySet<string>): Check {
  const counts = new WeakMap<GatewayContext, number>();
  return ({ representations }, context) => {
    const given = representations as readonly unknown[];
    const count = (counts.get(context) ?? 0) + given.length;
    counts.set(context, count);
    if (count > MOST) throw refused(`There are more than ${MOST} in the request.`);
    if (!given.every((one) => entityNames.has(typeNameOf(one)))) {
      throw refused('Each must be an object whose __typename is an entity of this service.');
    }
  };
}

function typeNameOf(representation: unknown): string {
  const { __typename } = Object(representation) as { __typename?: unknown };
  return typeof __typename === 'string' ? __typename : '';
}

const refused = (message: string) => badInput({ field: 'representations', message });
