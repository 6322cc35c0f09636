import {
  type FieldNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** What one request may ask for. Lexical tokens and the body's size are limited before parsing. */
export const LIMITS = { tokens: 1000, depth: 10, aliases: 15, fields: 500, directives: 50 } as const;

interface Size {
  readonly depth: number;
  readonly aliases: number;
  readonly fields: number;
  readonly directives: number;
  /** Root fields, for the rule of one credential check a request. */
  readonly roots: readonly string[];
}

const NOTHING: Size = { depth: 0, aliases: 0, fields: 0, directives: 0, roots: [] };

/**
 * Refuses documents that are too deep, too wide or too much aliased, with fragments spread out.
 *
 * Attack: fragments that each spread the next one twice, 22 deep, make four million fields of 22 lines. A
 * rule that walks the spreads walks them all. So each fragment is measured once, and sums are carried on.
 */
export function limitDocument(credentialFields: ReadonlySet<string>): ValidationRule {
  return (context) => {
    const fragments = new Map<string, Size>();
    return {
      OperationDefinition(operation) {
        const size = measure(operation.selectionSet, context, fragments, new Set());
        for (const fault of faults(size, operation, credentialFields)) {
          context.reportError(new GraphQLError(fault, { nodes: operation }));
        }
      },
    };
  };
}

function faults(
  size: Size,
  operation: OperationDefinitionNode,
  credentialFields: ReadonlySet<string>,
): string[] {
  const over = (['depth', 'aliases', 'fields', 'directives'] as const).filter(
    (part) => size[part] > LIMITS[part],
  );
  const found = over.map((part) => `The ${part} of the request are more than ${LIMITS[part]}.`);
  if (operation.operation === 'subscription') found.push('There are no subscriptions.');
  if (operation.operation !== 'mutation') return found;
  // Otherwise one request could try as many passwords as it has aliases.
  const checks = size.roots.filter((name) => credentialFields.has(name));
  if (checks.length > 1) found.push('Only one field that checks a password or code may stand in a request.');
  return found;
}

function measure(
  set: SelectionSetNode,
  context: ValidationContext,
  fragments: Map<string, Size>,
  open: Set<string>,
): Size {
  let sum = NOTHING;
  for (const selection of set.selections) {
    const own = { ...NOTHING, directives: selection.directives?.length ?? 0 };
    if (selection.kind === Kind.FIELD) {
      sum = add(sum, add(own, measureField(selection, context, fragments, open)));
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      sum = add(sum, add(own, measure(selection.selectionSet, context, fragments, open)));
    } else {
      sum = add(sum, add(own, measureFragment(selection.name.value, context, fragments, open)));
    }
  }
  return sum;
}

function measureField(
  field: FieldNode,
  context: ValidationContext,
  fragments: Map<string, Size>,
  open: Set<string>,
): Size {
  const below = field.selectionSet ? measure(field.selectionSet, context, fragments, open) : NOTHING;
  return {
    depth: below.depth + 1,
    aliases: below.aliases + (field.alias ? 1 : 0),
    fields: below.fields + 1,
    directives: below.directives,
    roots: [field.name.value],
  };
}

function measureFragment(
  name: string,
  context: ValidationContext,
  fragments: Map<string, Size>,
  open: Set<string>,
): Size {
  const known = fragments.get(name);
  if (known !== undefined) return known;
  const fragment = context.getFragment(name);
  // A circle, or a fragment that is not there: graphql-js has a rule for each.
  if (!fragment || open.has(name)) return NOTHING;
  open.add(name);
  const size = measure(fragment.selectionSet, context, fragments, open);
  open.delete(name);
  fragments.set(name, size);
  return size;
}

function add(a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    fields: a.fields + b.fields,
    directives: a.directives + b.directives,
    // Names are only compared for "more than one": a few of each say enough.
    roots: a.roots.length + b.roots.length > 100 ? a.roots : [...a.roots, ...b.roots],
  };
}
