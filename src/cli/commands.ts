import type { Command } from './command.js';

export const commands: Readonly<Record<string, Command>> = {
  serve: {
    summary: 'Starts the gateway. This is the default command.',
    usage: ['serve'],
    run: async () => (await import('./serve.js')).serve(),
  },
  migrate: {
    summary: 'Applies pending migrations to the database and exits.',
    usage: ['migrate'],
    run: async () => (await import('./migrate.js')).migrateDatabase(),
  },
  admin: {
    summary: 'Creates an admin or gives an existing user the role, mails an invitation and prints its link.',
    usage: ['admin create --username NAME --email ADDRESS'],
    options: { username: { type: 'string' }, email: { type: 'string' } },
    run: async (positionals, values) => (await import('./admin.js')).admin(positionals, values),
  },
  audit: {
    summary: 'Verifies, seals or prunes the audit log. Exits with status 1 if the log was tampered with.',
    usage: [
      'audit verify [--end EVENT:SEAL]   verifies the log, and that it still contains an end printed earlier',
      'audit seal                        seals the rows of finished transactions now',
      'audit prune --older-than DAYS     deletes the oldest sealed rows',
    ],
    options: { 'older-than': { type: 'string' }, end: { type: 'string' } },
    run: async (positionals, values) => (await import('./audit.js')).audit(positionals, values),
  },
  schema: {
    summary: 'Writes schema/schema.graphql for routers and schema/api.graphql for clients.',
    usage: ['schema'],
    run: async () => (await import('./schema.js')).writeSchema(),
  },
  seed: {
    summary: 'Fills a Postgres database with generated users for load tests. Refused in production.',
    usage: ['seed --users COUNT'],
    options: { users: { type: 'string' } },
    run: async (_positionals, values) => (await import('./seed.js')).seed(values),
  },
};
