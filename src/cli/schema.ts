import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseConfig } from '../config.js';
import { assemble } from '../gateway.js';
import { createLog } from '../platform/log.js';

const FILE = 'schema/schema.graphql';

/** Writes the schema of the build that is served, whatever the environment says. */
export async function writeSchema(): Promise<number> {
  const config = parseConfig({}, (name) => name.padEnd(32, '-'));
  const { sdl } = await assemble(config, createLog('silent'));
  await mkdir('schema', { recursive: true });
  await writeFile(FILE, sdl);
  process.stdout.write(`${FILE} is written\n`);
  return 0;
}
