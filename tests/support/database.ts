import postgres from 'postgres';
import { stopAtEnd } from './at-end.js';
import { freshDatabase } from './services.js';

const clients = new Map<string, postgres.Sql>();

/**
 * A client for a gateway's Postgres, to check invariants with SQL; closed at the end of the test file. A file has one
 * client for each database and number of connections.
 */
export function openDatabase({ database }: { database: string }, connections = 4): postgres.Sql {
  const key = `${connections} ${database}`;
  const open = clients.get(key);
  if (open !== undefined) return open;
  const sql = postgres(database, { max: connections, onnotice: () => {} });
  clients.set(key, sql);
  stopAtEnd(() => {
    clients.delete(key);
    return sql.end({ timeout: 2 });
  });
  return sql;
}

/**
 * A fresh, empty database in the run's server with options of CREATE DATABASE, such as an encoding; returns its URL.
 */
export async function databaseWith(options: string): Promise<string> {
  const url = new URL(await freshDatabase());
  const name = `${url.pathname.slice(1)}_other`;
  await openDatabase({ database: url.href }).unsafe(`create database ${name} template template0 ${options}`);
  url.pathname = `/${name}`;
  return url.href;
}
