import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithUs } from './child.js';
import { builtGateway, type Gateway } from './gateway.js';

type Place = Pick<Gateway, 'env' | 'dataDir'>;

/** Runs `npm run audit -- …` without the build; returns its output on both streams and its exit status. */
export async function audit({ env, dataDir }: Place, ...args: string[]) {
  const child = spawn(process.execPath, [builtGateway(), 'audit', ...args], {
    cwd: dataDir,
    env: { PATH: process.env.PATH, HOME: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  }
  await once(child, 'close');
  return { status: child.exitCode, printed };
}

/** The end of the chain that `verify` prints. */
export function endIn(printed: string): string {
  const end = /\b\d+:[0-9a-f]{64}\b/.exec(printed)?.[0];
  if (end === undefined) throw new Error(`No chain end in: ${printed}`);
  return end;
}

/** Runs `statements` with the triggers off, like an owner of the tables. */
export const withoutTriggers = (statements: string) =>
  ['audit_events', 'audit_seals', 'audit_anchors'].reduceRight(
    (inner, table) =>
      `ALTER TABLE ${table} DISABLE TRIGGER USER; ${inner}; ALTER TABLE ${table} ENABLE TRIGGER USER`,
    statements,
  );
