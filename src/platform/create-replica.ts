import type { Sql } from 'postgres';
import type { Database } from './database.js';
import type { Log } from './log.js';
import { boundedClient } from './postgres-client.js';
import type { Connect, ConnectOptions } from './postgres-pool.js';
import { PostgresServer, type SessionLimits, settingsFault } from './postgres-server.js';
import { postgresHosts } from './postgres-url.js';
import { CHECK_TIMEOUT_MS, Replica } from './replica.js';

export interface ReplicaOptions {
  readonly postgres: Connect;
  /** Creates the `Database` for a client. */
  readonly wrap: (client: Sql) => Database;
  /** As for the requests' pool of the primary. */
  readonly pool: ConnectOptions;
  readonly limits: SessionLimits;
  readonly log: Log;
}

/** A replica with its connections, which are opened when they are needed. */
export function createReplica(url: string, { postgres, wrap, pool, limits, log }: ReplicaOptions): Replica {
  const server = new PostgresServer(postgres, url, log, true);
  const reads = server.openPool(pool);
  const checks = server.openPool({
    max: 1,
    connect_timeout: 2,
    connection: { statement_timeout: CHECK_TIMEOUT_MS },
  });
  // No retries: a failed read is repeated on the primary.
  const client = boundedClient(reads, limits.statementMs, 1);
  const db = wrap(client);
  const [{ host, port } = { host: '', port: 0 }] = postgresHosts(url);
  return new Replica({
    name: `${host}:${port}`,
    pool: reads,
    checks,
    client,
    log,
    async prepare() {
      await server.detectPooler(db);
      return server.isPooled ? settingsFault(db, limits) : undefined;
    },
  });
}
