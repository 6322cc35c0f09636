import { registerEnumType } from 'type-graphql';

interface EnumTexts<Value extends string> {
  readonly name: string;
  readonly description: string;
  /** The description of each value; the type checker keeps them complete. */
  readonly values: Readonly<Record<Value, string>>;
}

/** Adds an enum to the schema, with a description of the enum and of each of its values. */
export function registerEnum<Value extends string>(
  values: Readonly<Record<Value, string>>,
  { name, description, values: texts }: NoInfer<EnumTexts<Value>>,
): void {
  registerEnumType(values, { name, description, valuesConfig: describeValues(texts) });
}

/** The descriptions of an enum's values in the form that GraphQL.js and TypeGraphQL take. */
export function describeValues<Value extends string>(
  texts: Readonly<Record<Value, string>>,
): Record<Value, { description: string }> {
  const entries = Object.entries<string>(texts).map(([value, description]) => [value, { description }]);
  return Object.fromEntries(entries) as Record<Value, { description: string }>;
}
