import { type DirectiveNode, Kind, parse, print, visit } from 'graphql';

type WithDirectives = { readonly directives?: readonly DirectiveNode[] };

const AUTHENTICATED: DirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'authenticated' },
};

/** Adds federation's `@authenticated` beside every `@auth`, for routers that check access tokens themselves. */
export function withAuthenticated(sdl: string): string {
  return print(
    visit(parse(sdl), { ObjectTypeDefinition: addAuthenticated, FieldDefinition: addAuthenticated }),
  );
}

function addAuthenticated<Node extends WithDirectives>(node: Node): Node | undefined {
  const directives = node.directives ?? [];
  if (!directives.some(({ name }) => name.value === 'auth')) return undefined;
  return { ...node, directives: [...directives, AUTHENTICATED] };
}
