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

const bears = (
  part: { astNode?: Pick<ObjectTypeDefinitionNode, 'directives'> | null | undefined },
  directive: string,
) => part.astNode?.directives?.some(({ name }) => name.value === directive) ?? false;

const fieldsOf = (type: GraphQLObjectType) => Object.values(type.getFields());

/** `Query.me` and so on. */
export const operations = () =>
  roots.flatMap((root) => fieldsOf(root).map(({ name }) => `${root.name}.${name}`));

/** Every field of the types that bear `@auth`, and every other that bears it. */
export const guardedFields = () =>
  objects
    .filter((type) => !roots.includes(type))
    .flatMap((type) =>
      fieldsOf(type)
        .filter((field) => bears(type, 'auth') || bears(field, 'auth'))
        .map(({ name }) => `${type.name}.${name}`),
    );

export const entities = () => objects.filter((type) => bears(type, 'key')).map(({ name }) => name);

/** The object types that public operations lead to, up to the first guard on the way. */
export function openTypes(): string[] {
  const found = new Set<GraphQLObjectType>();
  const walk = (type: GraphQLObjectType) => {
    if (found.has(type) || bears(type, 'auth')) return;
    found.add(type);
    for (const field of fieldsOf(type)) if (!bears(field, 'auth')) into(field.type);
  };
  const into = (type: Parameters<typeof getNamedType>[0]) => {
    const named = getNamedType(type);
    if (isObjectType(named)) walk(named);
    if (isUnionType(named)) named.getTypes().forEach(walk);
  };
  for (const field of roots.flatMap(fieldsOf)) if (bears(field, 'public')) into(field.type);
  return [...found].map(({ name }) => name);
}

/** The field, with all that hangs on it directly. */
export function selectionOf(typeName: string, fieldName: string): string {
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  const below = field && getNamedType(field.type);
  if (!isObjectType(below)) return fieldName;
  const leaves = fieldsOf(below).filter((one) => isLeafType(getNamedType(one.type)));
  return `${fieldName} { ${leaves.map(({ name }) => name).join(' ')} }`;
}
