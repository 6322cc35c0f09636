import {
  type GraphQLInputType,
  type GraphQLNamedInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { type AuthError, badInput, type FieldError } from '../platform/error.js';

/** The most `fieldErrors` in an answer. */
const MAX_FIELD_ERRORS = 5;

export type Variables = Readonly<Record<string, unknown>>;

/**
 * Checks variables before graphql-js coerces them.
 *
 * Attack: graphql-js quotes the value in each of up to 50 errors. The value may be a password, or 100 KB of text that
 * slows down whatever reads it. The errors of this check contain only paths and types.
 * @returns BAD_USER_INPUT with the invalid fields, or undefined if the variables are valid
 */
export function variableFaults(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Variables,
): AuthError | undefined {
  const faults: FieldError[] = [];
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    if (!isInputType(type)) continue;
    const given = Object.hasOwn(variables, name);
    if (!given && defaultValue !== undefined) continue;
    check(given ? variables[name] : undefined, type, [name], faults);
  }
  return faults.length > 0 ? badInput(...faults) : undefined;
}

type Path = readonly (string | number)[];

function check(value: unknown, type: GraphQLInputType, path: Path, faults: FieldError[]): void {
  if (faults.length >= MAX_FIELD_ERRORS) return;
  if (isNonNullType(type)) {
    if (value == null) faults.push(fault(path, 'Is required.'));
    else check(value, type.ofType, path, faults);
  } else if (value != null) {
    if (!isListType(type)) checkNamed(value, type, path, faults);
    else if (!Array.isArray(value)) check(value, type.ofType, path, faults);
    else checkItems(value, type.ofType, path, faults);
  }
}

function checkItems(items: unknown[], type: GraphQLInputType, path: Path, faults: FieldError[]): void {
  for (const [index, item] of items.entries()) {
    if (faults.length >= MAX_FIELD_ERRORS) return;
    check(item, type, [...path, index], faults);
  }
}

function checkNamed(value: unknown, type: GraphQLNamedInputType, path: Path, faults: FieldError[]): void {
  if (!isInputObjectType(type)) {
    if (!fits(value, type))
      faults.push(
        fault(path, EXPECTED[type.name] ?? 'Is not one of the allowed values. The schema lists them.'),
      );
    return;
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    faults.push(fault(path, 'Must be an object.'));
    return;
  }
  const fields = type.getFields();
  const given = value as Record<string, unknown>;
  for (const field of Object.values(fields)) {
    const item = given[field.name];
    if (item === undefined && field.defaultValue !== undefined) continue;
    check(item, field.type, [...path, field.name], faults);
  }
  // The unknown key is not quoted: the client chose it.
  if (faults.length < MAX_FIELD_ERRORS && Object.keys(given).some((key) => !(key in fields)))
    faults.push(fault(path, 'Has a field that does not exist. Compare its name with the schema.'));
}

/** The message for each scalar. All other leaf types are enums. */
const EXPECTED: Readonly<Record<string, string>> = {
  String: 'Must be text.',
  ID: 'Must be text.',
  Boolean: 'Must be true or false.',
  Int: 'Must be a whole number.',
  Float: 'Must be a number.',
  DateTimeISO: 'Must be a date and time such as 2026-01-31T12:00:00Z.',
};

function fits(value: unknown, type: Exclude<GraphQLNamedInputType, { getFields(): unknown }>): boolean {
  try {
    return type.parseValue(value) !== undefined;
  } catch {
    return false;
  }
}

/** Names the field as in the input, without the name of the variable. */
function fault(path: Path, message: string): FieldError {
  return { field: (path.length > 1 ? path.slice(1) : path).join('.'), message };
}
