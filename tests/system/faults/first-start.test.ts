import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTemplate, templateFile, writeFolder } from '../../../src/platform/database-template.js';
import { endWithUs } from '../../support/child.js';
import { builtGateway, freshFolder, startGateway } from '../../support/gateway.js';
import { root } from '../../support/package.js';
import { until } from '../../support/wait.js';

const DATABASE = 'database';
const WITHOUT_TEMPLATE = 'creating the embedded database without a template, which takes longer';

/** The program of a copy of the gateway, whose template may be changed. */
async function copyOfGateway(change: (template: string) => Promise<void>): Promise<string> {
  const copy = await freshFolder();
  await mkdir(join(copy, 'dist'));
  for (const name of ['drizzle', 'package.json', 'dist/src', 'dist/emails'])
    await cp(join(root, name), join(copy, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const template = join(copy, 'dist', basename(templateFile()));
  await cp(templateFile(), template);
  await change(template);
  return join(copy, 'dist', 'src', 'gatehouse.cjs');
}

function spawnMigrate(folder: string, program = builtGateway()) {
  const env = { PATH: process.env.PATH, HOME: folder, DATABASE_URL: `pglite:${DATABASE}` };
  const child = Object.assign(spawn(process.execPath, [program, 'migrate'], { cwd: folder, env }), {
    printed: '',
  });
  endWithUs(child);
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      child.printed += text;
    });
  return child;
}

/** Creates the database of a folder; returns what the gateway printed. */
async function migrate(folder: string, program?: string): Promise<string> {
  const child = spawnMigrate(folder, program);
  const [status] = await once(child, 'close');
  expect(status, child.printed).toBe(0);
  return child.printed;
}

/** The tables of a database folder, with the number of their rows. */
async function rowsOf(folder: string): Promise<Record<string, number>> {
  const db = await PGlite.create({ dataDir: folder, extensions: { pg_trgm } });
  const { rows: tables } = await db.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY name`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await db.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${name}`);
    counts[name] = rows[0]?.count ?? 0;
  }
  await db.close();
  return counts;
}

describe('the first start with an embedded database', () => {
  let withoutTemplate: string;
  let rowsWithoutTemplate: Record<string, number>;

  beforeAll(async () => {
    withoutTemplate = await copyOfGateway((template) => rm(template));
    const folder = await freshFolder();
    expect(await migrate(folder, withoutTemplate)).toContain(WITHOUT_TEMPLATE);
    rowsWithoutTemplate = await rowsOf(join(folder, DATABASE));
  }, 600_000);

  it('copies the template of the build', async () => {
    const folder = await freshFolder();
    expect(await migrate(folder)).not.toContain(WITHOUT_TEMPLATE);
    expect(await readdir(join(folder, DATABASE))).not.toContain('.gatehouse-unfinished');
    expect(await rowsOf(join(folder, DATABASE))).toEqual(rowsWithoutTemplate);
  });

  it('copies nothing but what migrations write', async () => {
    const folder = await freshFolder();
    writeFolder(await readTemplate(templateFile()), folder);
    const rows = await rowsOf(folder);
    const filled = Object.keys(rows).filter((name) => rows[name] !== 0);
    expect(filled).toEqual(
      Object.keys(rowsWithoutTemplate).filter((name) => rowsWithoutTemplate[name] !== 0),
    );
    expect(filled.filter((name) => !/^(drizzle|jobs)\./.test(name))).toEqual(['public.audit_count_progress']);
    expect(rows['public.signing_keys']).toBe(0);
  });

  it('generates signing keys of its own', async () => {
    const keyIds = await Promise.all(
      [1, 2].map(async () => {
        const gateway = await startGateway({ env: { DATABASE_URL: `pglite:${DATABASE}` } });
        expect(gateway.logs()).not.toContain(WITHOUT_TEMPLATE);
        const answer = await fetch(`${gateway.url}/.well-known/jwks.json`);
        const { keys } = (await answer.json()) as { keys: { kid: string }[] };
        await gateway.stop();
        return keys.map(({ kid }) => kid);
      }),
    );
    expect(keyIds.flat().length).toBeGreaterThanOrEqual(2);
    expect(new Set(keyIds.flat()).size).toBe(keyIds.flat().length);
  });

  it('creates the database itself if the template is damaged, or made of other migrations', async () => {
    const damaged = await copyOfGateway(async (template) => {
      const content = await readFile(template);
      content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
      await writeFile(template, content);
    });
    const older = await copyOfGateway(async (template) => {
      const migration = join(dirname(template), '..', 'drizzle', '0001_tables.sql');
      await writeFile(migration, `${await readFile(migration, 'utf8')}\n`);
    });
    for (const program of [damaged, older]) {
      const folder = await freshFolder();
      expect(await migrate(folder, program)).toContain(WITHOUT_TEMPLATE);
      expect(await rowsOf(join(folder, DATABASE))).toEqual(rowsWithoutTemplate);
    }
  });

  it.each(['with', 'without'])(
    'is repeated by the next one if it was killed, %s a template',
    async (kind) => {
      const program = kind === 'with' ? builtGateway() : withoutTemplate;
      const folder = await freshFolder();
      const database = join(folder, DATABASE);
      const child = spawnMigrate(folder, program);
      const names = () => readdir(database).catch((): string[] => []);
      await until('a part of the database', async () => (await names()).includes('base'), 60_000, 2);
      child.kill('SIGKILL');
      await once(child, 'close');
      expect(await names()).toContain('.gatehouse-unfinished');
      // As if it had been killed while it wrote these.
      await writeFile(join(database, 'PG_VERSION'), '');
      await writeFile(join(database, 'base', 'stray'), '');
      await migrate(folder, program);
      expect(await names()).not.toContain('.gatehouse-unfinished');
      expect(await readdir(join(database, 'base'))).not.toContain('stray');
      expect(await rowsOf(database)).toEqual(rowsWithoutTemplate);
    },
  );

  it('leaves a folder alone that has other content', async () => {
    const folder = await freshFolder();
    await mkdir(join(folder, DATABASE));
    await writeFile(join(folder, DATABASE, 'notes'), 'mine');
    const child = spawnMigrate(folder);
    await once(child, 'close');
    expect(await readFile(join(folder, DATABASE, 'notes'), 'utf8')).toBe('mine');
  });
});
