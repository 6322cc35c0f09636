import { AuditChain, type AuditReport, type Link, parseLink, printLink } from '../audit/index.js';
import { createLog } from '../platform/log.js';
import { connectDatabase } from '../platform/startup.js';
import { UsageError, type Values } from './command.js';
import { readConfig } from './environment.js';
import { Progress } from './progress.js';

type Operation = (chain: AuditChain) => Promise<number>;

/** @returns 0 if the operation succeeded and the log is intact, otherwise 1 */
export async function audit(positionals: readonly string[], values: Values): Promise<number> {
  const operation = parseOperation(positionals, values);
  const config = readConfig();
  const log = createLog('silent');
  const database = await connectDatabase({ ...config.database, poolSize: 2 }, log);
  try {
    return await operation(new AuditChain(database.db, config.secrets.encryption, log));
  } catch (error) {
    // Drizzle's message contains the parameters of the statement. Its cause is the error of the database.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    process.stderr.write(`${cause instanceof Error ? cause.message : cause}\n`);
    return 1;
  } finally {
    await database.close();
  }
}

function parseOperation(positionals: readonly string[], values: Values): Operation {
  const { 'older-than': olderThan, end } = values;
  const name = positionals.join(' ');
  if (!['verify', 'seal', 'prune'].includes(name))
    throw new UsageError('unknown operation; use "verify", "seal" or "prune"');
  if ((olderThan !== undefined) !== (name === 'prune'))
    throw new UsageError(
      name === 'prune' ? '"prune" needs --older-than' : '--older-than is an option of "prune" only',
    );
  if (end !== undefined && name !== 'verify') throw new UsageError('--end is an option of "verify" only');
  if (name === 'seal') return seal;
  if (name === 'verify') return verify(end);
  if (!/^[1-9]\d{0,4}$/.test(String(olderThan)))
    throw new UsageError('--older-than must be a number of days from 1 to 99999');
  return prune(Number(olderThan));
}

async function seal(chain: AuditChain): Promise<number> {
  const progress = new Progress(process.stderr);
  const count = await chain.seal(reportTo(progress));
  progress.done();
  process.stdout.write(`${count} rows sealed\n`);
  return 0;
}

function verify(end: string | boolean | undefined): Operation {
  const witness = end === undefined ? undefined : parseLink(String(end));
  if (end !== undefined && witness === undefined)
    throw new UsageError('--end must be EVENT:SEAL, as "verify" prints it');
  return async (chain) => {
    const progress = new Progress(process.stderr);
    const report = await chain.verify(witness, reportTo(progress));
    progress.done();
    return print(report, witness);
  };
}

/** Below this, an operation takes about a second and shows no progress. */
const MIN_ROWS_FOR_PROGRESS = 5000;

const reportTo = (progress: Progress) => (done: number, total: number) => {
  if (total >= MIN_ROWS_FOR_PROGRESS) progress.update(done, total);
};

function prune(days: number): Operation {
  return async (chain) => {
    process.stdout.write(`${await chain.prune(days)} rows pruned\n`);
    return 0;
  };
}

function print({ sealed, waiting, anchor, end, broken }: AuditReport, witness?: Link): number {
  const lines = [`${sealed} rows sealed, ${waiting} waiting to be sealed`];
  if (anchor !== undefined) lines.push(`rows up to event ${anchor.eventId} were pruned`);
  if (witness && anchor && witness.eventId < anchor.eventId)
    lines.push('the event of --end was pruned, so it was not compared');
  if (broken !== undefined) lines.push(`BROKEN at event ${broken.eventId}: ${broken.fault}`);
  else
    lines.push(
      end === undefined
        ? 'no rows are sealed yet'
        : `intact; store this end outside the database, for --end: ${printLink(end)}`,
    );
  process.stdout.write(`${lines.join('\n')}\n`);
  return broken === undefined ? 0 : 1;
}
