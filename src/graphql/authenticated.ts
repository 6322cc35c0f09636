import { type DirectiveNode, Kind, parse, print, visit } from 'graphql';

type Guardable = { readonly directives?: readonly DirectiveNode[] };

const AUTHENTICATED: DirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'authenticated' },
};

/** Puts federation's `@authenticated` beside every `@auth`, for routers that refuse strangers themselves. */
export function withAuthenticated(sdl: string): string {
  return print(visit(parse(sdl), { ObjectTypeDefinition: mark, FieldDefinition: mark }));
}

function mark<Node extends Guardable>(node: Node): Node | undefined {
  const directives = node.directives ?? [];
  if (!directives.some(({ name }) => name.value === 'auth')) return undefined;
  return { ...node, directives: [...directives, AUTHENTICATED] };
}
