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
 * The maximum number of fields that a request may resolve. Enough for a dozen fields of 1,000 representations. Only
 * admins read lists of users; their limit is enough for 100 users with all sessions.
 */
const MAX_COST = { admin: 100_000, other: 15_000 } as const;

/** The maximum length of a list without paging arguments: a user has at most 100 live sessions. */
const MAX_LIST_SIZE = 100;

interface Measurement {
  readonly schema: GraphQLSchema;
  readonly variables: Variables;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly fragmentCosts: Map<string, number>;
  /** If true, the cost cannot be cached by document. */
  readsVariables: boolean;
}

export type CostLimit = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  context: GatewayContext,
) => undefined | Promise<GraphQLError | undefined>;

/**
 * Refuses requests that may resolve more than `MAX_COST` fields. Aliases, representations and lists multiply the number.
 *
 * Each fragment is measured once, so the time is linear in the size of the document. See docs/adr/0009-document-limits.md
 * for the libraries that were considered. The cost is cached if it does not depend on variables.
 */
export function costLimit(schema: GraphQLSchema): CostLimit {
  const cache = new WeakMap<OperationDefinitionNode, number>();
  return (document, operation, variables, context) => {
    const cost = cache.get(operation) ?? measure(schema, document, operation, variables, cache);
    return cost > MAX_COST.other ? refusalFor(cost, context) : undefined;
  };
}

async function refusalFor(cost: number, context: GatewayContext): Promise<GraphQLError | undefined> {
  const { principal } = await context.authentication();
  const max = principal?.role === Role.ADMIN ? MAX_COST.admin : MAX_COST.other;
  if (cost <= max) return undefined;
  return new GraphQLError(
    `The request may resolve ${cost} fields; at most ${max} are allowed. Ask for fewer items (first, last), fields or aliases.`,
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
  );
}

function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  cache: WeakMap<OperationDefinitionNode, number>,
): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  const measurement: Measurement = {
    schema,
    variables: withDefaults(operation, variables),
    fragments: new Map(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    ),
    fragmentCosts: new Map(),
    readsVariables: false,
  };
  const cost = costOfSet(operation.selectionSet, root, measurement);
  if (!measurement.readsVariables) cache.set(operation, cost);
  return cost;
}

function withDefaults(operation: OperationDefinitionNode, variables: Variables): Variables {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
  );
  return defaults.length === 0 ? variables : { ...Object.fromEntries(defaults), ...variables };
}

function costOfSet(set: SelectionSetNode, parent: GraphQLNamedType, measurement: Measurement): number {
  let sum = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) sum += costOfField(selection, parent, measurement);
    else if (selection.kind === Kind.FRAGMENT_SPREAD)
      sum += costOfFragment(selection.name.value, measurement);
    else {
      const { typeCondition, selectionSet } = selection;
      const type = typeCondition && measurement.schema.getType(typeCondition.name.value);
      sum += costOfSet(selectionSet, type ?? parent, measurement);
    }
  }
  return sum;
}

function costOfFragment(name: string, measurement: Measurement): number {
  const measured = measurement.fragmentCosts.get(name);
  if (measured !== undefined) return measured;
  const fragment = measurement.fragments.get(name);
  const type = fragment && measurement.schema.getType(fragment.typeCondition.name.value);
  const cost = type ? costOfSet(fragment.selectionSet, type, measurement) : 0;
  measurement.fragmentCosts.set(name, cost);
  return cost;
}

function costOfField(node: FieldNode, parent: GraphQLNamedType, measurement: Measurement): number {
  const field =
    isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
  if (field === undefined || node.selectionSet === undefined) return 1;
  const selectionCost = costOfSet(node.selectionSet, getNamedType(field.type), measurement);
  return 1 + sizeOf(field, node, parent, measurement) * selectionCost;
}

/** The maximum number of objects that a field may return. */
function sizeOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  parent: GraphQLNamedType,
  measurement: Measurement,
): number {
  if (field.name === '_entities') {
    const given = argument('representations', node, measurement);
    return Array.isArray(given) ? given.length : 1;
  }
  if (field.args.some(({ name }) => name === 'first')) {
    const [first, last] = [argument('first', node, measurement), argument('last', node, measurement)];
    const size = Math.max(Number(first ?? 0), Number(last ?? 0)) || DEFAULT_PAGE_SIZE;
    // The resolver refuses a size that is out of range.
    return Math.min(Math.max(size, 1), MAX_PAGE_SIZE);
  }
  const isList = isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
  return isList && !isConnection(parent) ? MAX_LIST_SIZE : 1;
}

/** The lists of a connection are counted at the field that has the paging arguments. */
function isConnection(type: GraphQLNamedType): boolean {
  return isObjectType(type) && 'pageInfo' in type.getFields();
}

function argument(name: string, { arguments: given }: FieldNode, measurement: Measurement): unknown {
  const value = given?.find((node) => node.name.value === name)?.value;
  if (value === undefined || value.kind === Kind.NULL) return undefined;
  if (value.kind !== Kind.INT) measurement.readsVariables = true;
  return valueFromASTUntyped(value, measurement.variables);
}
