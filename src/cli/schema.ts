import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseConfig } from '../config.js';
import { createGateway } from '../gateway.js';
import { createLog } from '../platform/log.js';

const FILE = 'schema/schema.graphql';

/** Writes the schema of the build that is served, whatever the environment says. */
export async function writeSchema(): Promise<number> {
  const config = parseConfig({ DATABASE_URL: 'pglite:memory', SHUTDOWN_NOTICE_SECONDS: '0' }, (name) =>
    name.padEnd(32, '-'),
  );
  const gateway = await createGateway(config, createLog('silent'));
  await mkdir('schema', { recursive: true });
  await writeFile(FILE, gateway.sdl);
  await gateway.close(1000);
  process.stdout.write(`${FILE} is written\n`);
  return 0;
}
