import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { inject } from 'vitest';
import { builtGateway } from './built.js';
import { createDatabase } from './services.js';

const TEMPLATE = 'gatehouse_template';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(root, 'node_modules', '.cache', 'gatehouse-pglite');

const folderIn = (runFolder: string) => join(runFolder, 'pglite-template');

/** Creates, once per run, the databases that `migratedDatabase` and `migratedFolder` copy. */
export async function makeTemplates(runFolder: string, postgresUrl: string | undefined): Promise<void> {
  await Promise.all([
    makeFolderTemplate(runFolder),
    postgresUrl === undefined ? undefined : makePostgresTemplate(runFolder, postgresUrl),
  ]);
}

/** A new embedded database takes ten seconds, so it is kept for later runs. */
async function makeFolderTemplate(runFolder: string): Promise<void> {
  const kept = join(CACHE, await stateOfMigrations());
  if (!existsSync(kept)) {
    // Made by a relative path: the lock of the folder is a socket, and its path must be short.
    const migrated = join(await migrate(runFolder, 'pglite:template'), 'template');
    const copied = join(CACHE, `unfinished-${process.pid}`);
    await cp(migrated, copied, { recursive: true });
    // Another run may have been faster.
    await rename(copied, kept).catch(() => rm(copied, { recursive: true }));
  }
  await cp(kept, folderIn(runFolder), { recursive: true });
}

/** Changes with the packages, the migrations, and the code that applies them. */
async function stateOfMigrations(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(root, 'package-lock.json')));
  for (const folder of ['drizzle', 'dist/src/platform']) {
    for (const file of (await readdir(join(root, folder))).toSorted())
      if (/\.(sql|js)$/.test(file)) hash.update(file).update(await readFile(join(root, folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
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
  await promisify(execFile)(process.execPath, [builtGateway(), 'migrate'], { cwd, env });
  return cwd;
}

/** Creates a migrated, empty database in the run's Postgres; returns its URL. */
export const migratedDatabase = (): Promise<string> => createDatabase(`template ${TEMPLATE}`);

/** The URL of a gateway's embedded database, relative to its folder. A new database is migrated and empty. */
export async function migratedFolder(dataDir: string): Promise<string> {
  const folder = join(dataDir, '.data', 'postgres');
  if (!existsSync(folder)) await cp(folderIn(inject('runFolder')), folder, { recursive: true });
  return 'pglite:.data/postgres';
}
