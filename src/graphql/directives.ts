import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  type GraphQLEnumType,
  GraphQLInt,
  GraphQLNonNull,
  type GraphQLSchema,
} from 'graphql';
import { Directive, Extensions, registerEnumType } from 'type-graphql';
import { Role } from '../platform/principal.js';

registerEnumType(Role, { name: 'Role' });

export interface AuthRule {
  /** The least role; CUSTOMER where it says nothing. */
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

/** `@key`: the fields by which other subgraphs refer to an entity. */
export function Key(fields: string): ClassDecorator {
  return Directive(`@key(fields: "${fields}")`) as ClassDecorator;
}

/** `@shareable`: other subgraphs may define the type too. */
export function Shareable(): ClassDecorator {
  return Directive('@shareable') as ClassDecorator;
}

/** Marks an operation that checks a password or code: only one of them may stand in a request. */
export const CHECKS_CREDENTIAL = 'checksCredential';
export function ChecksCredential(): MethodDecorator {
  return Extensions({ [CHECKS_CREDENTIAL]: true }) as MethodDecorator;
}

/** The gateway's own directives, over the schema's own `Role`. */
export function ownDirectives(schema: GraphQLSchema): GraphQLDirective[] {
  const roleType = schema.getType('Role') as GraphQLEnumType;
  return [
    new GraphQLDirective({
      name: 'auth',
      description:
        'Who may read a field or run an operation. Enforced in this process, on every path to the field, _entities included.',
      locations: [DirectiveLocation.OBJECT, DirectiveLocation.FIELD_DEFINITION],
      args: {
        requires: {
          type: new GraphQLNonNull(roleType),
          defaultValue: Role.CUSTOMER,
          description: 'The least role. Roles are ordered CUSTOMER < STAFF < ADMIN.',
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
        'Anybody may run this operation. Every operation bears either this or @auth; one that bears neither does not build.',
      locations: [DirectiveLocation.FIELD_DEFINITION],
    }),
    new GraphQLDirective({
      name: 'rateLimit',
      description:
        'How often one caller may run a field: the signed-in user, else the client address (IPv6 by its /64). Each alias counts.',
      locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT],
      args: {
        limit: { type: new GraphQLNonNull(GraphQLInt), defaultValue: 60 },
        duration: { type: new GraphQLNonNull(GraphQLInt), defaultValue: 60, description: 'Seconds.' },
      },
    }),
  ];
}
