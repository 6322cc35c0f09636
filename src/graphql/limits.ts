import {
  type FieldNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** The limits of a document. The parser enforces `tokens`. */
export const LIMITS = {
  tokens: 1000,
  depth: 10,
  aliases: 15,
  fields: 500,
  directives: 50,
  /** In characters. Each error repeats the alias in its path. */
  aliasLength: 100,
} as const;

interface Size {
  readonly depth: number;
  readonly aliases: number;
  readonly fields: number;
  readonly directives: number;
  readonly aliasLength: number;
  /** Fields that check a password or code. */
  readonly credentialChecks: number;
}

const EMPTY: Size = { depth: 0, aliases: 0, fields: 0, directives: 0, aliasLength: 0, credentialChecks: 0 };

/** Queries and mutations run over HTTP, subscriptions over WebSocket. */
export type Transport = 'http' | 'socket';

/**
 * Refuses documents that are too large. A fragment counts as often as it is spread.
 *
 * Attack: 22 fragments that each spread the next one twice are four million fields in 22 lines. A rule that follows every
 * spread does not end in time. So each fragment is measured once, and its size is added at each spread.
 */
export function limitDocument(credentialFields: ReadonlySet<string>, transport: Transport): ValidationRule {
  return (context) => {
    const measurement = {
      context,
      credentialFields,
      fragments: new Map<string, Size>(),
      openFragments: new Set<string>(),
    };
    return {
      OperationDefinition(operation) {
        for (const fault of faults(sizeOfSet(operation.selectionSet, measurement), operation, transport)) {
          context.reportError(new GraphQLError(fault, { nodes: operation }));
        }
      },
    };
  };
}

const WRONG_TRANSPORT: Readonly<Record<Transport, string>> = {
  http: 'Subscriptions run over WebSocket only, with the protocol graphql-transport-ws at the same path.',
  socket: 'Only subscriptions run over WebSocket. Send queries and mutations by POST to the same path.',
};

interface Measurement {
  readonly context: ValidationContext;
  readonly credentialFields: ReadonlySet<string>;
  /** The fragments that are measured completely. */
  readonly fragments: Map<string, Size>;
  /** The fragments that are being measured. */
  readonly openFragments: Set<string>;
}

function faults(size: Size, { operation }: OperationDefinitionNode, transport: Transport): string[] {
  const found: string[] = [];
  if (size.depth > LIMITS.depth)
    found.push(`The request is nested deeper than ${LIMITS.depth} levels. Select fewer levels.`);
  for (const part of ['aliases', 'fields', 'directives'] as const) {
    if (size[part] > LIMITS[part]) found.push(`The request has more than ${LIMITS[part]} ${part}. Split it.`);
  }
  if (size.aliasLength > LIMITS.aliasLength)
    found.push(`An alias is longer than ${LIMITS.aliasLength} characters. Shorten it.`);
  // Attack: the rate limits and logs of HTTP requests do not cover operations over a socket.
  if ((operation === 'subscription') !== (transport === 'socket')) found.push(WRONG_TRANSPORT[transport]);
  // Attack: otherwise one request could try as many passwords as it has aliases.
  if (size.credentialChecks > 1)
    found.push('A request can have only one field that checks a password or code. Split it.');
  return found;
}

function sizeOfSet(set: SelectionSetNode, measurement: Measurement): Size {
  let sum = EMPTY;
  for (const selection of set.selections) {
    sum = add(sum, { ...EMPTY, directives: selection.directives?.length ?? 0 });
    if (selection.kind === Kind.FIELD) sum = add(sum, sizeOfField(selection, measurement));
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      sum = add(sum, sizeOfSet(selection.selectionSet, measurement));
    else sum = add(sum, sizeOfFragment(selection.name.value, measurement));
  }
  return sum;
}

function sizeOfField({ name, alias, selectionSet }: FieldNode, measurement: Measurement): Size {
  const selected = selectionSet ? sizeOfSet(selectionSet, measurement) : EMPTY;
  // The standard introspection query is deeper than the limit. INTROSPECTION decides whether it is allowed.
  const isIntrospection = name.value === '__schema' || name.value === '__type';
  return {
    depth: isIntrospection ? 1 : selected.depth + 1,
    aliases: selected.aliases + (alias ? 1 : 0),
    fields: selected.fields + 1,
    directives: selected.directives,
    aliasLength: Math.max(selected.aliasLength, alias?.value.length ?? 0),
    credentialChecks: selected.credentialChecks + (measurement.credentialFields.has(name.value) ? 1 : 0),
  };
}

function sizeOfFragment(name: string, measurement: Measurement): Size {
  const { context, fragments, openFragments } = measurement;
  const measured = fragments.get(name);
  if (measured !== undefined) return measured;
  const fragment = context.getFragment(name);
  // graphql-js has its own rules for unknown fragments and for cycles.
  if (!fragment || openFragments.has(name)) return EMPTY;
  openFragments.add(name);
  const size = sizeOfSet(fragment.selectionSet, measurement);
  openFragments.delete(name);
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
    credentialChecks: a.credentialChecks + b.credentialChecks,
  };
}
