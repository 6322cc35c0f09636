import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built file that production runs. */
export function builtGateway(): string {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const file = join(root, bin.gatehouse);
  if (!existsSync(file)) throw new Error(`${bin.gatehouse} does not exist: run "npm run build" first`);
  return file;
}
