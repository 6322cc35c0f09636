import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthError } from '../platform/error.js';
import { createLog } from '../platform/log.js';
import { UsageError, type Values } from './command.js';
import { readConfig } from './environment.js';

export async function admin(positionals: readonly string[], values: Values): Promise<number> {
  const { username, email } = values;
  if (positionals.join(' ') !== 'create') throw new UsageError('unknown operation; use "create"');
  if (typeof username !== 'string' || typeof email !== 'string')
    throw new UsageError('--username and --email are required');
  const config = readConfig();
  // Loaded after the checks of the arguments and the settings, because it takes a second.
  const { openOperator } = await import('../operator.js');
  const operator = await openOperator(config, createLog('error'));
  try {
    const link = await operator.administration.createAdmin({ username, email });
    process.stdout.write(`${username} is an admin now. The invitation was mailed. Its link is:\n${link}\n`);
    // The mail is a job in the database. If no gateway runs, this process has to send it.
    await sleep(1000);
    return 0;
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  } finally {
    await operator.close(10_000);
  }
}

function explain({ message, details }: AuthError): string {
  const faults = details.fieldErrors?.map((fault) => `${fault.field}: ${fault.message}`) ?? [];
  return [message, ...faults].join('\n');
}
