import { readFileSync } from 'node:fs';
import {
  type ASTNode,
  type DirectiveDefinitionNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  isTypeDefinitionNode,
  Kind,
  parse,
  type TypeDefinitionNode,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { withAuthenticated } from '../../src/graphql/authenticated.js';
import { withRateLimits } from '../../src/graphql/rate-limit-overrides.js';

type Element =
  | TypeDefinitionNode
  | FieldDefinitionNode
  | InputValueDefinitionNode
  | EnumValueDefinitionNode
  | DirectiveDefinitionNode;

const MIN_LENGTH = 10;
const sdl = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');

describe('the schema descriptions', () => {
  it('describes every element in a sentence', () => {
    expect(faults(sdl)).toEqual([]);
  });

  it.each([
    '@auth',
    '@auth(requires)',
    'Role',
    'Role.ADMIN',
    'DateTimeISO',
    'LoginResult',
    'Mutation.updateUser',
    'Mutation.updateUser(id)',
    'LoginInput.rememberMe',
  ])('finds the description of %s', (name) => {
    expect(Object.keys(descriptions(sdl))).toContain(name);
  });

  it('reports a description that is missing, too short or not a sentence', () => {
    const planted = `
      "Reads data and changes nothing."
      type Query {
        missing: Int
        "Short."
        short: Int
        "Has no full stop"
        open: Int
        "Has an argument without a description."
        argument(id: ID): Int
      }`;
    expect(faults(planted)).toEqual([
      'Query.missing: has no description',
      'Query.short: is shorter than 10 characters',
      'Query.open: does not end with a full stop',
      'Query.argument(id): has no description',
    ]);
  });

  it("keeps all descriptions if the SDL is printed again with the operator's settings", () => {
    expect(descriptions(withAuthenticated(sdl))).toEqual(descriptions(sdl));
    const overrides = { login: { limit: 1, duration: 60 } };
    expect(descriptions(withRateLimits(sdl, overrides))).toEqual(descriptions(sdl));
  });
});

function faults(text: string): string[] {
  return Object.entries(descriptions(text)).flatMap(([name, description]) => {
    const fault = faultOf(description);
    return fault === undefined ? [] : [`${name}: ${fault}`];
  });
}

function faultOf(description: string | undefined): string | undefined {
  if (description === undefined) return 'has no description';
  if (description.length < MIN_LENGTH) return `is shorter than ${MIN_LENGTH} characters`;
  return description.endsWith('.') ? undefined : 'does not end with a full stop';
}

/**
 * The description of each element by its name, such as `Mutation.login(input)`. The file imports federation's own
 * definitions by @link and does not contain them.
 */
function descriptions(text: string): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  visit(parse(text), {
    enter(node, _key, _parent, _path, ancestors) {
      if (!isElement(node)) return;
      // Lists of siblings are ancestors too.
      const owners = ancestors.filter((ancestor) => 'kind' in ancestor).filter(isElement);
      found[nameOf(node, owners)] = node.description?.value;
    },
  });
  return found;
}

function isElement(node: ASTNode): node is Element {
  return (
    isTypeDefinitionNode(node) ||
    node.kind === Kind.FIELD_DEFINITION ||
    node.kind === Kind.INPUT_VALUE_DEFINITION ||
    node.kind === Kind.ENUM_VALUE_DEFINITION ||
    node.kind === Kind.DIRECTIVE_DEFINITION
  );
}

function nameOf({ kind, name }: Element, owners: readonly Element[]): string {
  const owner = owners.at(-1);
  if (owner === undefined) return kind === Kind.DIRECTIVE_DEFINITION ? `@${name.value}` : name.value;
  const isArgument = owner.kind === Kind.FIELD_DEFINITION || owner.kind === Kind.DIRECTIVE_DEFINITION;
  const path = nameOf(owner, owners.slice(0, -1));
  return isArgument ? `${path}(${name.value})` : `${path}.${name.value}`;
}
