import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { assemble } from '../gateway.js';
import { AuthError } from '../platform/error.js';
import { createLog } from '../platform/log.js';
import { UsageError, type Values } from './command.js';
import { readConfig } from './environment.js';

export async function admin(positionals: readonly string[], values: Values): Promise<number> {
  const { username, email } = values;
  if (positionals.join(' ') !== 'create') throw new UsageError('unknown operation; use "create"');
  if (typeof username !== 'string' || typeof email !== 'string')
    throw new UsageError('--username and --email are required');
  const gateway = await assemble({ ...readConfig(), shutdownNoticeSeconds: 0 }, createLog('error'));
  await gateway.start();
  try {
    const link = await gateway.administration.createAdmin({ username, email });
    process.stdout.write(`${username} is an admin now. The invitation was mailed. Its link is:\n${link}\n`);
    // The mail is a job in the database. If no gateway runs, this process has to send it.
    await sleep(1000);
    return 0;
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  } finally {
    await gateway.close(10_000);
  }
}

function explain({ message, details }: AuthError): string {
  const faults = details.fieldErrors?.map((fault) => `${fault.field}: ${fault.message}`) ?? [];
  return [message, ...faults].join('\n');
}
