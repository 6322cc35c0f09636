import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { AuditChain, type AuditReport, type Link, parseLink, printLink } from '../audit/index.js';
import { parseConfig } from '../config.js';
import { createLog } from '../platform/log.js';
import { openDatabase } from '../platform/open-database.js';
import { developmentSecret } from '../platform/secrets.js';

const USAGE = `audit verify [--end EVENT:SEAL]   check the log, and that it still has an end that was printed before
audit seal                        seal what can be sealed now
audit prune --older-than DAYS     delete the oldest sealed rows`;

/** Exit status: 0 done and whole, 1 broken or failed, 2 not understood. */
type Command = (chain: AuditChain) => Promise<number>;

if (existsSync('.env')) process.loadEnvFile('.env');
const command = parseCommand(process.argv.slice(2));
if (command === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
try {
  process.exitCode = await run(command);
} catch (error) {
  // A statement's own message carries its parameters; its cause says what the database said.
  const said = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  process.stderr.write(`${said instanceof Error ? said.message : said}\n`);
  process.exitCode = 1;
}

function parseCommand(args: readonly string[]): Command | undefined {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { 'older-than': { type: 'string' }, end: { type: 'string' } },
    });
    const { 'older-than': olderThan, end } = values;
    if (positionals.length !== 1) return undefined;
    if (positionals[0] === 'seal' && !olderThan && !end) return seal;
    if (positionals[0] === 'prune' && /^[1-9]\d{0,4}$/.test(olderThan ?? '') && !end)
      return prune(Number(olderThan));
    const witness = end === undefined ? undefined : parseLink(end);
    if (positionals[0] !== 'verify' || olderThan || (end !== undefined && !witness)) return undefined;
    return async (chain) => print(await chain.verify(witness), witness);
  } catch {
    return undefined;
  }
}

async function run(command: Command): Promise<number> {
  const config = parseConfig(process.env, (name) => developmentSecret('.data/secrets', name));
  const log = createLog('silent');
  const database = await openDatabase(config.database.url, 2, log);
  try {
    return await command(new AuditChain(database.db, config.secrets.encryption, log));
  } finally {
    await database.close();
  }
}

async function seal(chain: AuditChain): Promise<number> {
  process.stdout.write(`${await chain.seal()} rows sealed\n`);
  return 0;
}

function prune(days: number): Command {
  return async (chain) => {
    process.stdout.write(`${await chain.prune(days)} rows pruned\n`);
    return 0;
  };
}

function print({ sealed, waiting, anchor, end, broken }: AuditReport, witness?: Link): number {
  const lines = [`${sealed} rows sealed, ${waiting} waiting to be`];
  if (anchor !== undefined) lines.push(`rows up to event ${anchor.eventId} were pruned`);
  if (witness && anchor && witness.eventId < anchor.eventId)
    lines.push('the given end was pruned: not compared');
  if (broken !== undefined) lines.push(`BROKEN at event ${broken.eventId}: ${broken.fault}`);
  else
    lines.push(
      end === undefined ? 'nothing is sealed yet' : `intact; keep the end elsewhere: ${printLink(end)}`,
    );
  process.stdout.write(`${lines.join('\n')}\n`);
  return broken === undefined ? 0 : 1;
}
