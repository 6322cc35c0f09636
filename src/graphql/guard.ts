import { getDirective, MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLSchema, isUnionType } from 'graphql';
import { type Authentication, hasRole, type Principal, type Role } from '../platform/actor.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import { type GatewayContext, unauthenticated } from './context.js';
import type { Feature } from './feature.js';
import { guardEntities, guardService } from './router-fields.js';

interface Rule {
  readonly requires: Role;
  readonly allowOwner: boolean;
}
export interface Guards {
  readonly routerSecret?: string | undefined;
  /**
   * Enforces `@recentAuth`.
   * @throws AuthError REAUTHENTICATION_REQUIRED
   */
  requireRecentAuth?(principal: Principal, seconds: number): Promise<void>;
}
type OwnerId = (object: unknown) => string;

/**
 * Enforces `@auth` on every field that has it, or whose type has it, and `@recentAuth`. The field's resolver is wrapped, so the rule holds
 * on every path to the field. (A check of operations alone would leave `_entities` open.)
 */
export function enforceAuth(
  schema: GraphQLSchema,
  features: readonly Feature[],
  { routerSecret, requireRecentAuth }: Guards = {},
): GraphQLSchema {
  const owners = new Map<string, OwnerId>(
    features
      .flatMap((feature) => feature.references ?? [])
      .map((reference) => [reference.typeName, (object) => reference.ownerId(object)]),
  );
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) => {
      if (typeName === 'Query' && name === '_service') return guardService(field, routerSecret);
      if (typeName === 'Query' && name === '_entities') {
        return guardEntities(field, routerSecret, entityNames(schema));
      }
      const rule = ruleOf(schema, typeName, field);
      if (rule === undefined) return field;
      return guard(withRecentAuth(schema, field, requireRecentAuth), rule, owners.get(typeName));
    },
  });
}

/** The caller has passed `@auth` when this runs. */
function withRecentAuth(
  schema: GraphQLSchema,
  field: GraphQLFieldConfig<unknown, GatewayContext>,
  requireRecentAuth: Guards['requireRecentAuth'],
): GraphQLFieldConfig<unknown, GatewayContext> {
  const [rule] = getDirective(schema, field, 'recentAuth') ?? [];
  const seconds: unknown = rule?.seconds;
  if (typeof seconds !== 'number' || seconds === 0) return field;
  if (requireRecentAuth === undefined) throw new TypeError('@recentAuth needs requireRecentAuth');
  const { resolve = defaultFieldResolver } = field;
  return {
    ...field,
    async resolve(source, args, context, info) {
      await requireRecentAuth(await context.principal(), seconds);
      return resolve(source, args, context, info);
    },
  };
}

function entityNames(schema: GraphQLSchema): Set<string> {
  const entity = schema.getType('_Entity');
  return new Set(isUnionType(entity) ? entity.getTypes().map((type) => type.name) : []);
}

function ruleOf(schema: GraphQLSchema, typeName: string, field: GraphQLFieldConfig<unknown, unknown>) {
  const type = schema.getType(typeName);
  const [rule] =
    getDirective(schema, field, 'auth') ?? (type ? getDirective(schema, type, 'auth') : undefined) ?? [];
  return rule as Rule | undefined;
}

function guard(
  field: GraphQLFieldConfig<unknown, GatewayContext>,
  rule: Rule,
  ownerId: OwnerId | undefined,
): GraphQLFieldConfig<unknown, GatewayContext> {
  const { resolve = defaultFieldResolver, subscribe } = field;
  return {
    ...field,
    ...(subscribe && {
      // A subscription is refused before its first event, not at it.
      async subscribe(source, args, context, info) {
        authorize(await context.authentication(), rule, source, ownerId);
        return subscribe(source, args, context, info);
      },
    }),
    resolve(source, args, context, info) {
      // After the first field has authenticated the caller, the others stay synchronous.
      if (context.authenticated !== undefined) {
        authorize(context.authenticated, rule, source, ownerId);
        return resolve(source, args, context, info);
      }
      return context.authentication().then((authentication) => {
        authorize(authentication, rule, source, ownerId);
        return resolve(source, args, context, info);
      });
    },
  };
}

/** @throws AuthError UNAUTHENTICATED or FORBIDDEN */
function authorize(
  authentication: Authentication,
  rule: Rule,
  source: unknown,
  ownerId: OwnerId | undefined,
): void {
  if (authentication.principal === null) throw unauthenticated(authentication.reason);
  if (hasRole(authentication.principal.role, rule.requires)) return;
  if (rule.allowOwner && ownerId !== undefined && ownerId(source) === authentication.principal.userId) return;
  throw new AuthError(AuthErrorCode.FORBIDDEN);
}
