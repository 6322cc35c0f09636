import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseConfig } from '../config.js';
import { createGateway } from '../gateway.js';
import { apiSchema } from '../graphql/api-schema.js';
import { createLog } from '../platform/log.js';

const SUBGRAPH = 'schema/schema.graphql';
const API = 'schema/api.graphql';

/** Writes the schema for routers and the one for clients, with the default settings, not those of the environment. */
export async function writeSchema(): Promise<number> {
  const config = parseConfig({ DATABASE_URL: 'pglite:memory', SHUTDOWN_NOTICE_SECONDS: '0' }, (name) =>
    name.padEnd(32, '-'),
  );
  const gateway = await createGateway(config, createLog('silent'));
  await mkdir('schema', { recursive: true });
  await writeFile(SUBGRAPH, gateway.sdl);
  await writeFile(API, apiSchema(gateway.sdl));
  await gateway.close(1000);
  process.stdout.write(`wrote ${SUBGRAPH} and ${API}\n`);
  return 0;
}
