import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseConfig } from '../config.js';
import { createGateway } from '../gateway.js';
import { createLog } from '../platform/log.js';

/** Prints the gateway's schema into `schema/schema.graphql`, from the same build that is served. */
const config = parseConfig({ DATABASE_URL: 'pglite:memory', MIGRATE_ON_START: 'true' }, (name) =>
  name.padEnd(32, '-'),
);
const gateway = await createGateway(config, createLog('silent'));
await mkdir('schema', { recursive: true });
await writeFile('schema/schema.graphql', gateway.sdl);
await gateway.close(1000);
process.exit(0);
