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
export const LIMITS = {
  tokens: 1000,
  depth: 10,
  aliases: 15,
  fields: 500,
  directives: 50,
  /** Characters of an alias: each error repeats it in its path. */
  aliasLength: 100,
} as const;

interface Size {
  readonly depth: number;
  readonly aliases: number;
  readonly fields: number;
  readonly directives: number;
  readonly aliasLength: number;
  /** Fields that check a password or code. */
  readonly checks: number;
}

const NOTHING: Size = { depth: 0, aliases: 0, fields: 0, directives: 0, aliasLength: 0, checks: 0 };

/**
 * Refuses documents that are too deep, too wide or too much aliased, with fragments spread out.
 *
 * Attack: fragments that each spread the next one twice, 22 deep, make four million fields of 22 lines. A
 * rule that walks the spreads walks them all. So each fragment is measured once, and sums are carried on.
 */
export function limitDocument(credentialFields: ReadonlySet<string>): ValidationRule {
  return (context) => {
    const measuring = {
      context,
      credentialFields,
      fragments: new Map<string, Size>(),
      open: new Set<string>(),
    };
    return {
      OperationDefinition(operation) {
        for (const fault of faults(measure(operation.selectionSet, measuring), operation)) {
          context.reportError(new GraphQLError(fault, { nodes: operation }));
        }
      },
    };
  };
}

interface Measuring {
  readonly context: ValidationContext;
  readonly credentialFields: ReadonlySet<string>;
  /** Fragments that were measured. */
  readonly fragments: Map<string, Size>;
  /** Fragments that are being measured. */
  readonly open: Set<string>;
}

function faults(size: Size, { operation }: OperationDefinitionNode): string[] {
  const over = (['depth', 'aliases', 'fields', 'directives'] as const).filter(
    (part) => size[part] > LIMITS[part],
  );
  const found = over.map((part) => `The ${part} of the request are more than ${LIMITS[part]}.`);
  if (size.aliasLength > LIMITS.aliasLength)
    found.push(`An alias is longer than ${LIMITS.aliasLength} characters.`);
  if (operation === 'subscription') found.push('There are no subscriptions.');
  // Otherwise one request could try as many passwords as it has aliases.
  if (size.checks > 1) found.push('Only one field that checks a password or code may stand in a request.');
  return found;
}

function measure(set: SelectionSetNode, measuring: Measuring): Size {
  let sum = NOTHING;
  for (const selection of set.selections) {
    sum = add(sum, { ...NOTHING, directives: selection.directives?.length ?? 0 });
    if (selection.kind === Kind.FIELD) sum = add(sum, measureField(selection, measuring));
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      sum = add(sum, measure(selection.selectionSet, measuring));
    else sum = add(sum, measureFragment(selection.name.value, measuring));
  }
  return sum;
}

function measureField({ name, alias, selectionSet }: FieldNode, measuring: Measuring): Size {
  const below = selectionSet ? measure(selectionSet, measuring) : NOTHING;
  // The standard introspection query is deeper than any of ours; where introspection is off it is refused anyway.
  const isIntrospection = name.value === '__schema' || name.value === '__type';
  return {
    depth: isIntrospection ? 1 : below.depth + 1,
    aliases: below.aliases + (alias ? 1 : 0),
    fields: below.fields + 1,
    directives: below.directives,
    aliasLength: Math.max(below.aliasLength, alias?.value.length ?? 0),
    checks: below.checks + (measuring.credentialFields.has(name.value) ? 1 : 0),
  };
}

function measureFragment(name: string, measuring: Measuring): Size {
  const { context, fragments, open } = measuring;
  const known = fragments.get(name);
  if (known !== undefined) return known;
  const fragment = context.getFragment(name);
  // A circle, or a fragment that is not there: graphql-js has a rule for each.
  if (!fragment || open.has(name)) return NOTHING;
  open.add(name);
  const size = measure(fragment.selectionSet, measuring);
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
    aliasLength: Math.max(a.aliasLength, b.aliasLength),
    checks: a.checks + b.checks,
  };
}
