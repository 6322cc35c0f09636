import { printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  buildASTSchema,
  type DirectiveNode,
  type DocumentNode,
  Kind,
  lexicographicSortSchema,
  parse,
  visit,
} from 'graphql';

/**
 * The schema for clients and their tools: without federation, and sorted, so that its diffs show only changes of the
 * API. A directive that the SDL uses but does not define belongs to federation.
 */
export function apiSchema(sdl: string): string {
  const document = withoutFederation(parse(sdl));
  return `${printSchemaWithDirectives(lexicographicSortSchema(buildASTSchema(document)))}\n`;
}

function withoutFederation(document: DocumentNode): DocumentNode {
  const defined = new Set(
    document.definitions.flatMap((node) =>
      node.kind === Kind.DIRECTIVE_DEFINITION ? [node.name.value] : [],
    ),
  );
  return visit(document, {
    SchemaExtension: () => null,
    Directive: (node: DirectiveNode) => (defined.has(node.name.value) ? undefined : null),
  });
}
