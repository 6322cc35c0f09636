import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { inject } from 'vitest';
import { builtGateway } from './built.js';
import { createDatabase } from './services.js';

const run = promisify(execFile);

const TEMPLATE = 'gatehouse_template';

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
  const migrated = join(await migrate(runFolder, 'pglite:template'), 'template');
  await rename(migrated, folderIn(runFolder));
}

async function makePostgresTemplate(runFolder: string, postgresUrl: string): Promise<void> {
  const admin = postgres(postgresUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${TEMPLATE}`);
  await admin.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${TEMPLATE}`;
  await migrate(runFolder, url.href);
}

/** Returns the working folder of the command. */
async function migrate(runFolder: string, database: string): Promise<string> {
  const cwd = join(runFolder, 'migrations');
  await mkdir(cwd, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: cwd, DATABASE_URL: database };
  await run(process.execPath, [builtGateway(), 'migrate'], { cwd, env });
  return cwd;
}

/** Creates a migrated, empty database in the run's Postgres; returns its URL. */
export const migratedDatabase = (): Promise<string> => createDatabase(`template ${TEMPLATE}`);

/** The URL of a gateway's embedded database, relative to its folder. A new database is migrated and empty. */
export async function migratedFolder(dataDir: string): Promise<string> {
  const folder = join(dataDir, '.data', 'postgres');
  if (!existsSync(folder)) {
    await mkdir(dirname(folder), { recursive: true });
    // For these thousand small files, the function of Node.js needs four times as long.
    await run('cp', ['-R', folderIn(inject('runFolder')), folder]);
  }
  return 'pglite:.data/postgres';
}
