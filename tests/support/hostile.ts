import { Agent } from 'node:http';
import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { Gateway } from './gateway.js';
import { send } from './http.js';
import { millisecondsOf } from './timing.js';

/** Repeats a text up to this many bytes of UTF-8. */
export const fill = (unit: string, bytes: number) => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));

/** Texts that slow down matching, normalization or quoting, by kind. */
export const HOSTILE: Readonly<Record<string, string>> = {
  'quoted paths': 'k1 at "a"; ',
  spaces: ' ',
  'line ends': '\r\n',
  'quotes and backslashes': '"\\',
  'combining marks out of order': '\u0315\u0300',
  addresses: 'a.@a.-',
  digits: '1',
  'colons and slashes': 'http://a.b:',
  'lone surrogates': '\\ud800',
  'wide letters': 'ﷺ',
};

interface Place {
  name: string;
  root: 'query' | 'mutation';
  /** A document with a variable for each argument. */
  document: string;
  variables(value: unknown): Record<string, unknown>;
}

/** Every argument and input field of every operation that takes text, dates or enum values. */
export function places(schema: GraphQLSchema): Place[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
  ] as const;
  return roots.flatMap(([root, type]) =>
    Object.values(type?.getFields() ?? {}).flatMap((field) => {
      const declared = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
      const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
      const document = `${root}${declared && ` (${declared})`} { ${field.name}${given && `(${given})`} { __typename } }`;
      return field.args.flatMap((argument) =>
        pathsOf(argument.type).map((path) => ({
          name: `${field.name}(${[argument.name, ...path].join('.')})`,
          root,
          document,
          variables: (value: unknown) =>
            Object.fromEntries(
              field.args.flatMap((one) =>
                one === argument
                  ? [[one.name, valueAt(one.type, path, value)]]
                  : isNonNullType(one.type)
                    ? [[one.name, valueAt(one.type, undefined, undefined)]]
                    : [],
              ),
            ),
        })),
      );
    }),
  );
}

type Path = readonly string[];

function pathsOf(type: GraphQLInputType): Path[] {
  const inner = innermost(type);
  if (isInputObjectType(inner))
    return Object.values(inner.getFields()).flatMap((field) =>
      pathsOf(field.type).map((path) => [field.name, ...path]),
    );
  return isEnumType(inner) || !['Int', 'Float', 'Boolean'].includes(inner.toString()) ? [[]] : [];
}

/** A valid value of the type, with `value` at `path`. */
function valueAt(type: GraphQLInputType, path: Path | undefined, value: unknown): unknown {
  const inner = innermost(type);
  if (path?.length === 0) return isListType(getNullableType(type)) ? [value] : value;
  if (isInputObjectType(inner)) {
    return Object.fromEntries(
      Object.values(inner.getFields()).flatMap((field) => {
        if (field.name === path?.[0]) return [[field.name, valueAt(field.type, path.slice(1), value)]];
        return isNonNullType(field.type) ? [[field.name, valueAt(field.type, undefined, undefined)]] : [];
      }),
    );
  }
  if (isEnumType(inner)) return inner.getValues()[0]?.name;
  return { Int: 1, Float: 1, Boolean: true, DateTimeISO: '2026-01-01T00:00:00Z' }[inner.toString()] ?? 'x';
}

function innermost(type: GraphQLInputType): GraphQLInputType {
  let inner = getNullableType(type);
  while (isListType(inner)) inner = getNullableType(inner.ofType);
  return inner;
}

/**
 * How long a request blocks the gateway's event loop (ms): the longest concurrent `GET /healthz`. On a busy machine a
 * single measurement is unreliable, so the shortest of several counts.
 */
export async function blocking(
  { url }: Gateway,
  act: () => Promise<unknown>,
  enough: number,
  tries = 8,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ping = () => send(`${url}/healthz`, { agent });
  let shortest = Number.POSITIVE_INFINITY;
  try {
    for (let attempt = 0; attempt < tries && shortest > enough; attempt += 1) {
      await ping();
      let running = true;
      const acting = act().finally(() => {
        running = false;
      });
      let longest = 0;
      do longest = Math.max(longest, await millisecondsOf(ping));
      while (running);
      await acting;
      shortest = Math.min(shortest, longest);
    }
  } finally {
    agent.destroy();
  }
  return shortest;
}
