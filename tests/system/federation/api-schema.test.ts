import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  validateSchema,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiSchema } from '../../../src/graphql/api-schema.js';
import { command } from '../../support/administration.js';
import { freshFolder } from '../../support/gateway.js';

const FILES = ['api.graphql', 'schema.graphql'] as const;
const committed = (name: (typeof FILES)[number]) =>
  readFile(new URL(`../../../schema/${name}`, import.meta.url), 'utf8');

describe('schema/api.graphql', () => {
  let sdl: string;
  let subgraphSdl: string;
  let api: GraphQLSchema;

  beforeAll(async () => {
    sdl = await committed('api.graphql');
    subgraphSdl = await committed('schema.graphql');
    // Throws if the SDL uses a directive or a type that it does not define.
    api = buildSchema(sdl);
  });

  const typesOf = (schema: GraphQLSchema) => Object.values(schema.getTypeMap()).filter(isObjectType);
  const connections = () => typesOf(api).filter(({ name }) => name.endsWith('Connection'));
  const shapeOf = (type: GraphQLObjectType) =>
    Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)]));

  it('is valid by itself', () => {
    expect(validateSchema(api)).toEqual([]);
  });

  it('contains nothing of federation', () => {
    expect(sdl).not.toMatch(
      /@(link|key|shareable|tag|authenticated)\b|\b_(Any|Entity|Service|entities\()|__/,
    );
  });

  it('has exactly the types, fields, arguments and values of schema/schema.graphql', () => {
    const subgraph = buildSchema(subgraphSdl, { assumeValidSDL: true });
    for (const [before, after] of [
      [subgraph, api],
      [api, subgraph],
    ] as const) {
      expect(findBreakingChanges(before, after)).toEqual([]);
      expect(findDangerousChanges(before, after)).toEqual([]);
    }
    expect(printSchema(api)).toBe(printSchema(lexicographicSortSchema(subgraph)));
  });

  it('keeps the roles and rate limits of all operations', () => {
    const uses = (text: string) =>
      text.match(/(?<=^ {2}\S.*|^ {2}\): .*) @(auth|public|rateLimit)\b.*/gm)?.sort();
    expect(uses(sdl)?.length).toBeGreaterThan(30);
    expect(uses(sdl)).toEqual(uses(subgraphSdl));
    expect(sdl).toMatch(/^type User @auth \{$/m);
  });

  it('does not depend on the order of the definitions in the subgraph', async () => {
    const document = parse(subgraphSdl);
    const definitions = document.definitions.toReversed();
    expect(apiSchema(print({ ...document, definitions }))).toBe(sdl);
  });

  it('has connections that follow the Relay specification', () => {
    expect(connections().map(({ name }) => name)).toEqual(['AuditEventConnection', 'UserConnection']);
    for (const connection of connections()) {
      const node = connection.name.replace(/Connection$/, '');
      expect(shapeOf(connection)).toMatchObject({ edges: `[${node}Edge!]!`, pageInfo: 'PageInfo!' });
      expect(shapeOf(api.getType(`${node}Edge`) as GraphQLObjectType)).toEqual({
        cursor: 'String!',
        node: `${node}!`,
      });
    }
    expect(shapeOf(api.getType('PageInfo') as GraphQLObjectType)).toEqual({
      hasNextPage: 'Boolean!',
      hasPreviousPage: 'Boolean!',
      startCursor: 'String',
      endCursor: 'String',
    });
  });

  it('pages each connection by first and after', () => {
    const fields = typesOf(api).flatMap((type) => Object.values(type.getFields()));
    const paged = fields.filter(({ type }) => String(type).endsWith('Connection!'));
    expect(paged.map(({ name }) => name)).toEqual(['auditEvents', 'users']);
    for (const { args } of paged) {
      const types = Object.fromEntries(args.map(({ name, type }) => [name, String(type)]));
      expect(types).toMatchObject({ first: 'Int', after: 'String' });
    }
  });
});

describe('gatehouse schema', () => {
  it('writes both files as they are committed, whatever the environment and .env contain', async () => {
    const dataDir = await freshFolder();
    const env = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      REDIS_URL: 'redis://127.0.0.1:1',
      FEDERATION_AUTHENTICATED: 'true',
      PORT: 'none',
    };
    await writeFile(join(dataDir, '.env'), 'RATE_LIMITS=register=1/60\n');
    const { status, out, err } = await command('schema', [], { dataDir, env });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe('wrote schema/schema.graphql and schema/api.graphql\n');
    for (const name of FILES)
      expect(await readFile(join(dataDir, 'schema', name), 'utf8')).toBe(await committed(name));
    expect(await readdir(dataDir)).toEqual(['.env', 'schema']);
  });
});
