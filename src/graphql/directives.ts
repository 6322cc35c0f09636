import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  type GraphQLEnumType,
  GraphQLInt,
  GraphQLNonNull,
  type GraphQLSchema,
} from 'graphql';
import { Directive, Extensions } from 'type-graphql';
import { Role } from '../platform/actor.js';
import { registerEnum } from './enum.js';

registerEnum(Role, {
  name: 'Role',
  description: 'The role of a user. Each role includes the rights of the roles before it.',
  values: {
    CUSTOMER: 'A user without rights over other accounts. Every new account has this role by default.',
    STAFF: 'May read the accounts of all users and edit those of customers.',
    ADMIN: 'May run every operation, including those on staff and other admins.',
  },
});

export interface AuthRule {
  /** The lowest role that has access. Default: CUSTOMER. */
  readonly requires?: Role;
  /** Also let the owner of the object read it. */
  readonly allowOwner?: boolean;
}

type Decorator = ClassDecorator & MethodDecorator & PropertyDecorator;

/** `@auth`: who may read a field or run an operation. */
export function Auth({ requires = Role.CUSTOMER, allowOwner = false }: AuthRule = {}): Decorator {
  const args = [
    requires === Role.CUSTOMER ? '' : `requires: ${requires}`,
    allowOwner ? 'allowOwner: true' : '',
  ].filter(Boolean);
  return Directive(args.length === 0 ? '@auth' : `@auth(${args.join(', ')})`) as Decorator;
}

/** The default of `@recentAuth` and of the setting with this name. */
export const STEP_UP_SECONDS = 900;

/** `@public`: anybody may run this operation. */
export function Public(): MethodDecorator {
  return Directive('@public') as MethodDecorator;
}

/**
 * `@rateLimit`: how often one caller may run a field.
 * @param duration seconds
 */
export function RateLimit(limit: number, duration: number): MethodDecorator {
  return Directive(`@rateLimit(limit: ${limit}, duration: ${duration})`) as MethodDecorator;
}

/**
 * `@recentAuth`: the session must have authenticated within so many seconds.
 * @param seconds overrides STEP_UP_SECONDS
 */
export function RecentAuth(seconds?: number): MethodDecorator {
  return Directive(
    seconds === undefined ? '@recentAuth' : `@recentAuth(seconds: ${seconds})`,
  ) as MethodDecorator;
}

/** `@key`: the fields by which other subgraphs refer to an entity. */
export function Key(fields: string): ClassDecorator {
  return Directive(`@key(fields: "${fields}")`) as ClassDecorator;
}

/** `@shareable`: other subgraphs may define the type too. */
export function Shareable(): ClassDecorator {
  return Directive('@shareable') as ClassDecorator;
}

/** Marks an operation that checks a password or code. A request may contain only one of them. */
export const CHECKS_CREDENTIAL = 'checksCredential';
export function ChecksCredential(): MethodDecorator {
  return Extensions({ [CHECKS_CREDENTIAL]: true }) as MethodDecorator;
}

/**
 * The definitions of the gateway's directives. `@auth` uses the type `Role` of the schema.
 * @param stepUpSeconds the default of `@recentAuth`
 */
export function ownDirectives(schema: GraphQLSchema, stepUpSeconds: number): GraphQLDirective[] {
  const roleType = schema.getType('Role') as GraphQLEnumType;
  return [
    new GraphQLDirective({
      name: 'auth',
      description:
        'Restricts who may read a field or run an operation; others receive the error UNAUTHENTICATED or FORBIDDEN. The gateway enforces it on every path to the field, _entities included.',
      locations: [DirectiveLocation.OBJECT, DirectiveLocation.FIELD_DEFINITION],
      args: {
        requires: {
          type: new GraphQLNonNull(roleType),
          defaultValue: Role.CUSTOMER,
          description: 'The lowest role that has access. Roles are ordered CUSTOMER < STAFF < ADMIN.',
        },
        allowOwner: {
          type: new GraphQLNonNull(GraphQLBoolean),
          defaultValue: false,
          description: "Also let the owner of the object read it, whatever the owner's role.",
        },
      },
    }),
    new GraphQLDirective({
      name: 'public',
      description:
        'Anybody may run this operation. Every operation has either @public or @auth; otherwise the schema does not build.',
      locations: [DirectiveLocation.FIELD_DEFINITION],
    }),
    new GraphQLDirective({
      name: 'rateLimit',
      description:
        'Limits how often one caller may run a field; above the limit the field fails with RATE_LIMITED. The caller is the client address (IPv6 by its /64) if the field is @public, otherwise the signed-in user; each alias counts.',
      locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT],
      args: {
        limit: {
          type: new GraphQLNonNull(GraphQLInt),
          defaultValue: 60,
          description: 'How many times the caller may run the field within the duration.',
        },
        duration: {
          type: new GraphQLNonNull(GraphQLInt),
          defaultValue: 60,
          description: 'The length of the time window in seconds.',
        },
      },
    }),
    new GraphQLDirective({
      name: 'recentAuth',
      description:
        'The session must have authenticated within so many seconds; otherwise the field fails with REAUTHENTICATION_REQUIRED, which reauthenticate answers. 0 turns the check off.',
      locations: [DirectiveLocation.FIELD_DEFINITION],
      args: {
        seconds: {
          type: new GraphQLNonNull(GraphQLInt),
          defaultValue: stepUpSeconds,
          description: 'The maximum age of the last authentication in seconds.',
        },
      },
    }),
  ];
}
