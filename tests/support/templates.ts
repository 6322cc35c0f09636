import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import postgres from 'postgres';
import { inject } from 'vitest';
import { builtGateway } from './built.js';
import { endWithUs } from './child.js';
import { createDatabase } from './services.js';
import { freePort } from './wait.js';

const run = promisify(execFile);

const TEMPLATE = 'gatehouse_template';

/** Removes what belongs to the gateway that made the template: its keys, which no other can read, and its jobs. */
const FORGET = `DELETE FROM signing_keys; TRUNCATE jobs.job, jobs.schedule;
  UPDATE jobs.version SET maintained_on = NULL, cron_on = NULL`;

const folderIn = (runFolder: string) => join(runFolder, 'pglite-template');

/** Creates, once per run, the databases that `migratedDatabase` and `migratedFolder` copy. */
export async function makeTemplates(runFolder: string, postgresUrl: string | undefined): Promise<void> {
  await Promise.all([
    makeFolderTemplate(runFolder),
    postgresUrl === undefined ? undefined : makePostgresTemplate(runFolder, postgresUrl),
  ]);
}

async function makeFolderTemplate(runFolder: string): Promise<void> {
  // Made by a relative path: the lock of the folder is a socket, and its path must be short.
  const used = join(await startOnce(join(runFolder, 'template'), 'pglite:template'), 'template');
  const database = new PGlite(used);
  await database.exec(FORGET);
  await database.close();
  await rename(used, folderIn(runFolder));
}

async function makePostgresTemplate(runFolder: string, postgresUrl: string): Promise<void> {
  const admin = postgres(postgresUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${TEMPLATE}`);
  await admin.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${TEMPLATE}`;
  await startOnce(join(runFolder, 'postgres-template'), url.href);
  const template = postgres(url.href, { max: 1 });
  await template.unsafe(FORGET);
  await template.end();
}

/**
 * Starts a gateway in a new folder and stops it. At its start, it migrates the database and creates the queues and
 * partitions, which would take each gateway of the tests a third of its own start. Returns the folder.
 */
async function startOnce(cwd: string, database: string): Promise<string> {
  await mkdir(cwd);
  const env = { PATH: process.env.PATH, HOME: cwd, DATABASE_URL: database, PORT: String(await freePort()) };
  const gateway = spawn(process.execPath, [builtGateway()], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithUs(gateway);
  const exited = once(gateway, 'exit');
  for await (const line of createInterface(gateway.stdout)) {
    if (line.includes('the gateway is ready')) gateway.kill('SIGTERM');
  }
  const [code] = await exited;
  if (code !== 0) throw new Error(`The gateway that makes the template ended with ${code}`);
  return cwd;
}

/** Creates a migrated database without accounts in the run's Postgres; returns its URL. */
export const migratedDatabase = (): Promise<string> => createDatabase(`template ${TEMPLATE}`);

/** The URL of a gateway's embedded database, relative to its folder. A new database is migrated and has no accounts. */
export async function migratedFolder(dataDir: string): Promise<string> {
  const folder = join(dataDir, '.data', 'postgres');
  if (!existsSync(folder)) {
    await mkdir(dirname(folder), { recursive: true });
    // For these thousand small files, the function of Node.js needs four times as long.
    await run('cp', ['-R', folderIn(inject('runFolder')), folder]);
  }
  return 'pglite:.data/postgres';
}
