import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseConfig } from '../config.js';
import { assemble } from '../gateway.js';
import { apiSchema } from '../graphql/api-schema.js';
import { createLog } from '../platform/log.js';

const SUBGRAPH = 'schema/schema.graphql';
const API = 'schema/api.graphql';

/** Writes the schema for routers and the one for clients, with the default settings, not those of the environment. */
export async function writeSchema(): Promise<number> {
  const config = parseConfig({}, (name) => name.padEnd(32, '-'));
  const { sdl } = await assemble(config, createLog('silent'));
  await mkdir('schema', { recursive: true });
  await writeFile(SUBGRAPH, sdl);
  await writeFile(API, apiSchema(sdl));
  process.stdout.write(`wrote ${SUBGRAPH} and ${API}\n`);
  return 0;
}
