import type { Command } from './command.js';

/** Every command of the program. */
export const commands: Readonly<Record<string, Command>> = {
  serve: {
    summary: 'Starts the gateway. The default if no command is named.',
    usage: ['serve'],
    run: async () => (await import('./serve.js')).serve(),
  },
  migrate: {
    summary: 'Applies pending migrations to the database and exits.',
    usage: ['migrate'],
    run: async () => (await import('./migrate.js')).migrateDatabase(),
  },
  admin: {
    summary: 'Creates an admin, or makes a user one, mails the invitation and prints its link.',
    usage: ['admin create --username NAME --email ADDRESS'],
    options: { username: { type: 'string' }, email: { type: 'string' } },
    run: async (positionals, values) => (await import('./admin.js')).admin(positionals, values),
  },
  audit: {
    summary: 'Checks, seals or prunes the audit log. Exit status 1 if the log was tampered with.',
    usage: [
      'audit verify [--end EVENT:SEAL]   checks the log, and that it still has an end printed earlier',
      'audit seal                        seals the rows that can be sealed now',
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
    summary: 'Fills a Postgres server with generated users for load tests. Not for production.',
    usage: ['seed --users COUNT'],
    options: { users: { type: 'string' } },
    run: async (_positionals, values) => (await import('./seed.js')).seed(values),
  },
};
