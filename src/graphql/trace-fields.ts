import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLSchema } from 'graphql';
import type { Tracer } from '../platform/tracer.js';
import type { GatewayContext } from './context.js';

type Field = GraphQLFieldConfig<unknown, GatewayContext>;

/**
 * Gives each query and mutation a span. Other fields have none: most of them only read a property, and the statements
 * of the rest have spans. Without tracing, the schema stays as it is.
 */
export function traceFields(schema: GraphQLSchema, tracer: Tracer): GraphQLSchema {
  if (!tracer.isOn) return schema;
  const traced = (field: Field, name: string, typeName: string): Field => {
    const { resolve = defaultFieldResolver } = field;
    return {
      ...field,
      resolve: (source, args, context, info) =>
        tracer.span(`${typeName}.${name}`, {}, async (span) => {
          const { representations } = args;
          if (Array.isArray(representations)) span.set('gatehouse.representations', representations.length);
          const result: unknown = await resolve(source, args, context, info);
          // `_entities` returns one promise for each representation.
          if (Array.isArray(result)) await Promise.allSettled(result);
          return result;
        }),
    };
  };
  return mapSchema(schema, {
    [MapperKind.QUERY_ROOT_FIELD]: traced,
    [MapperKind.MUTATION_ROOT_FIELD]: traced,
  });
}
