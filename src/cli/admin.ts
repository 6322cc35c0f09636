import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createAdmin } from '../administration/index.js';
import { parseConfig } from '../config.js';
import { createGateway } from '../gateway.js';
import { AuthError } from '../platform/error.js';
import { createLog } from '../platform/log.js';
import { developmentSecret } from '../platform/secrets.js';

const USAGE = 'usage: npm run admin -- create --username <name> --email <address>';

/** Makes an admin (or raises a user to one), mails the invitation and prints its link. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { username: { type: 'string' }, email: { type: 'string' } },
  });
  const { username, email } = values;
  if (positionals.join(' ') !== 'create' || username === undefined || email === undefined)
    throw new Error(USAGE);
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = parseConfig(process.env, (name) => developmentSecret('.data/secrets', name));
  const gateway = await createGateway(config, createLog('error'));
  try {
    const link = await createAdmin(gateway.administration, { username, email });
    process.stdout.write(`${username} is an admin. The invitation was mailed, and is also here:\n${link}\n`);
    // The mail waits in the database; where nothing else runs, it goes out from here.
    await new Promise((done) => setTimeout(done, 1000));
  } finally {
    await gateway.close(10_000);
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  },
);

function explain(error: unknown): string {
  if (!(error instanceof AuthError)) return error instanceof Error ? error.message : 'failed';
  const faults = error.details.fieldErrors?.map(({ field, message }) => `${field}: ${message}`) ?? [];
  return [error.message, ...faults].join('\n');
}
