// A step of `npm run build`: makes the template from which a first start copies its embedded database. It is kept in
// `node_modules/.cache`, because it takes seconds.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packFolder, templateFile } from '../platform/database-template.js';
import { createLog } from '../platform/log.js';
import { connectDatabase, migrate } from '../platform/startup.js';

const cache = fileURLToPath(new URL('../../../node_modules/.cache/gatehouse', import.meta.url));
const file = templateFile();
// If this step fails, the package must not contain an outdated template.
await rm(file, { force: true });
const kept = join(cache, `${await digestOfCode()}-${basename(file)}`);
try {
  await copyFile(kept, file);
} catch {
  const packed = await makeTemplate();
  await writeFile(file, packed);
  await mkdir(cache, { recursive: true });
  await writeFile(kept, packed);
}

async function makeTemplate(): Promise<Buffer> {
  const parent = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  const folder = join(parent, 'database');
  try {
    const database = await connectDatabase({ url: `pglite:${folder}`, poolSize: 1 }, createLog('error'));
    await migrate(database);
    await database.withMigrationLock(async ({ execute }) => {
      // Replaces the log of these writes (16 MB) with an empty one, which needs no space when compressed.
      await execute('SET wal_recycle = off; SELECT pg_switch_wal()');
      await execute('CHECKPOINT');
    });
    await database.close();
    return await packFolder(folder);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** The name of the template changes with what is in it; this changes with how it is made. */
async function digestOfCode(): Promise<string> {
  const hash = createHash('sha256');
  for (const module of ['./make-database-template.js', '../platform/database-template.js'])
    hash.update(await readFile(new URL(module, import.meta.url)));
  return hash.digest('hex').slice(0, 16);
}
