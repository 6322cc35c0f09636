// The peer: better-auth with its defaults, on Postgres, behind its handler for Node.js.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';

const [port, database, cookieCache] = process.argv.slice(2);
const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'a secret of 32 bytes or more for the benchmark',
  database: new pg.Pool({ connectionString: database }),
  emailAndPassword: { enabled: true },
  // The load comes from one address. The logger and telemetry would only cost the peer.
  rateLimit: { enabled: false },
  logger: { disabled: true },
  telemetry: { enabled: false },
  session: { cookieCache: { enabled: cookieCache === 'cookie-cache' } },
});
await (await getMigrations(auth.options)).runMigrations();
createServer(toNodeHandler(auth)).listen(Number(port), '127.0.0.1');
