import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { Role } from '../platform/actor.js';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './connection.js';
import type { GatewayContext } from './context.js';
import type { Variables } from './variables.js';

/**
 * How many fields one request may make the gateway resolve, by the sizes of the lists that it asks for. Enough for a
 * dozen fields of 1,000 representations; for admins, who alone read lists of other people, for 100 users with all
 * their sessions.
 */
const MAX_COST = { admin: 100_000, other: 15_000 } as const;

/** The size that a list of objects without arguments may have: the live sessions of a user. */
const MAX_LIST_SIZE = 100;

interface Measuring {
  readonly schema: GraphQLSchema;
  readonly variables: Variables;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The costs of the fragments that were measured. */
  readonly known: Map<string, number>;
  /** Whether the cost depends on more than the document. */
  readsVariables: boolean;
}

export type CostLimit = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  context: GatewayContext,
) => undefined | Promise<GraphQLError | undefined>;

/**
 * Refuses requests that multiply: aliases × representations × lists.
 *
 * Each fragment is measured once, so that the measure is linear in the document. (graphql-query-complexity walks
 * every spread: 133 ms for fragments nested 16 deep, each spread twice. graphql-armor's rule is linear, but knows
 * neither `first` nor representations.) The cost of a document without sizes in variables is kept.
 */
export function costLimit(schema: GraphQLSchema): CostLimit {
  const kept = new WeakMap<OperationDefinitionNode, number>();
  return (document, operation, variables, context) => {
    const cost = kept.get(operation) ?? measure(schema, document, operation, variables, kept);
    return cost > MAX_COST.other ? refusalFor(cost, context) : undefined;
  };
}

async function refusalFor(cost: number, context: GatewayContext): Promise<GraphQLError | undefined> {
  const { principal } = await context.authentication();
  const max = principal?.role === Role.ADMIN ? MAX_COST.admin : MAX_COST.other;
  if (cost <= max) return undefined;
  return new GraphQLError(
    `The request asks for up to ${cost} fields, and ${max} are allowed. Ask for fewer items (first, last), fields or aliases.`,
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
  );
}

function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  kept: WeakMap<OperationDefinitionNode, number>,
): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  const measuring: Measuring = {
    schema,
    variables: withDefaults(operation, variables),
    fragments: new Map(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    ),
    known: new Map(),
    readsVariables: false,
  };
  const cost = costOfSet(operation.selectionSet, root, measuring);
  if (!measuring.readsVariables) kept.set(operation, cost);
  return cost;
}

function withDefaults(operation: OperationDefinitionNode, variables: Variables): Variables {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
  );
  return defaults.length === 0 ? variables : { ...Object.fromEntries(defaults), ...variables };
}

function costOfSet(set: SelectionSetNode, parent: GraphQLNamedType, measuring: Measuring): number {
  let sum = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) sum += costOfField(selection, parent, measuring);
    else if (selection.kind === Kind.FRAGMENT_SPREAD) sum += costOfFragment(selection.name.value, measuring);
    else {
      const { typeCondition, selectionSet } = selection;
      const type = typeCondition && measuring.schema.getType(typeCondition.name.value);
      sum += costOfSet(selectionSet, type ?? parent, measuring);
    }
  }
  return sum;
}

function costOfFragment(name: string, measuring: Measuring): number {
  const known = measuring.known.get(name);
  if (known !== undefined) return known;
  const fragment = measuring.fragments.get(name);
  const type = fragment && measuring.schema.getType(fragment.typeCondition.name.value);
  const cost = type ? costOfSet(fragment.selectionSet, type, measuring) : 0;
  measuring.known.set(name, cost);
  return cost;
}

function costOfField(node: FieldNode, parent: GraphQLNamedType, measuring: Measuring): number {
  const field =
    isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
  if (field === undefined || node.selectionSet === undefined) return 1;
  const below = costOfSet(node.selectionSet, getNamedType(field.type), measuring);
  return 1 + sizeOf(field, node, parent, measuring) * below;
}

/** How many objects a field may lead to. */
function sizeOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  parent: GraphQLNamedType,
  measuring: Measuring,
): number {
  if (field.name === '_entities') {
    const given = argument('representations', node, measuring);
    return Array.isArray(given) ? given.length : 1;
  }
  if (field.args.some(({ name }) => name === 'first')) {
    const [first, last] = [argument('first', node, measuring), argument('last', node, measuring)];
    const size = Math.max(Number(first ?? 0), Number(last ?? 0)) || DEFAULT_PAGE_SIZE;
    // A size out of range is the resolver's to refuse.
    return Math.min(Math.max(size, 1), MAX_PAGE_SIZE);
  }
  const isList = isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
  return isList && !isConnection(parent) ? MAX_LIST_SIZE : 1;
}

/** The lists of a connection are as long as its arguments say, and counted there. */
function isConnection(type: GraphQLNamedType): boolean {
  return isObjectType(type) && 'pageInfo' in type.getFields();
}

function argument(name: string, { arguments: given }: FieldNode, measuring: Measuring): unknown {
  const value = given?.find((one) => one.name.value === name)?.value;
  if (value === undefined || value.kind === Kind.NULL) return undefined;
  if (value.kind !== Kind.INT) measuring.readsVariables = true;
  return valueFromASTUntyped(value, measuring.variables);
}
