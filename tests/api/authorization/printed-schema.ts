import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isObjectType,
  isUnionType,
  type ObjectTypeDefinitionNode,
} from 'graphql';

const sdl = readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8');
const schema = buildSchema(sdl, { assumeValidSDL: true });
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
  isObjectType,
);
const objects = Object.values(schema.getTypeMap()).filter(isObjectType);

const hasDirective = (
  part: { astNode?: Pick<ObjectTypeDefinitionNode, 'directives'> | null | undefined },
  directive: string,
) => part.astNode?.directives?.some(({ name }) => name.value === directive) ?? false;

const fieldsOf = (type: GraphQLObjectType) => Object.values(type.getFields());

/** The names of all operations, such as `Query.me`. */
export const operations = () =>
  roots.flatMap((root) => fieldsOf(root).map(({ name }) => `${root.name}.${name}`));

/** The operations with `@recentAuth`. */
export const recentOperations = () =>
  roots.flatMap((root) =>
    fieldsOf(root)
      .filter((field) => hasDirective(field, 'recentAuth'))
      .map(({ name }) => `${root.name}.${name}`),
  );

/** Every field with `@auth`, on itself or on its type. */
export const guardedFields = () =>
  objects
    .filter((type) => !roots.includes(type))
    .flatMap((type) =>
      fieldsOf(type)
        .filter((field) => hasDirective(type, 'auth') || hasDirective(field, 'auth'))
        .map(({ name }) => `${type.name}.${name}`),
    );

export const entities = () => objects.filter((type) => hasDirective(type, 'key')).map(({ name }) => name);

/** The object types that public operations can return, up to the first guard. */
export function openTypes(): string[] {
  const found = new Set<GraphQLObjectType>();
  const walk = (type: GraphQLObjectType) => {
    if (found.has(type) || hasDirective(type, 'auth')) return;
    found.add(type);
    for (const field of fieldsOf(type)) if (!hasDirective(field, 'auth')) into(field.type);
  };
  const into = (type: Parameters<typeof getNamedType>[0]) => {
    const named = getNamedType(type);
    if (isObjectType(named)) walk(named);
    if (isUnionType(named)) named.getTypes().forEach(walk);
  };
  for (const field of roots.flatMap(fieldsOf)) if (hasDirective(field, 'public')) into(field.type);
  return [...found].map(({ name }) => name);
}

/** The selection of the field, with the scalar fields of its type. */
export function selectionOf(typeName: string, fieldName: string): string {
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  const below = field && getNamedType(field.type);
  if (!isObjectType(below)) return fieldName;
  const leaves = fieldsOf(below).filter((one) => isLeafType(getNamedType(one.type)));
  return `${fieldName} { ${['__typename', ...leaves.map(({ name }) => name)].join(' ')} }`;
}
