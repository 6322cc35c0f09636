import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareFolder } from '../../../src/platform/database-folder.js';
import { createLog } from '../../../src/platform/log.js';

const log = createLog('silent');

describe('the folder of an embedded database', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-database-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has the template and no marker after the first opening', async () => {
    const finish = await prepareFolder(folder, log);
    await finish(true);
    expect(await readdir(folder)).toContain('PG_VERSION');
    expect(await readdir(folder)).not.toContain('.gatehouse-unfinished');
  });

  it('is empty after a first opening that failed, so a backup restored into it stays', async () => {
    const finish = await prepareFolder(folder, log);
    await finish(false);
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, 'PG_VERSION'), 'of the backup');
    await (await prepareFolder(folder, log))(true);
    expect(await readdir(folder)).toEqual(['PG_VERSION']);
  });

  it('keeps a database that exists, also if it cannot be opened', async () => {
    await writeFile(join(folder, 'PG_VERSION'), '17');
    await (await prepareFolder(folder, log))(false);
    expect(await readdir(folder)).toEqual(['PG_VERSION']);
  });
});
