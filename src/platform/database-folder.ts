import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTemplate, templateFile, writeFolder } from './database-template.js';
import type { Log } from './log.js';

/** In the folder of an embedded database from its creation until it has been opened for the first time. */
const UNFINISHED = '.gatehouse-unfinished';
/** The sockets of `lockFolder`. */
const LOCKS = /^\.gatehouse-[0-9a-f]{8}\.(lock|temp)$/;

/**
 * Fills the folder of an embedded database from the template if it is empty. If there is no template that fits, PGlite
 * creates the database when it opens the folder. If an earlier creation was killed, starts it again: nothing was stored
 * in such a folder. The caller has locked the folder.
 * @returns call it after the first opening. If the opening has failed, the folder is empty again: otherwise the next start
 * would take a backup, which the operator has restored there, for the unfinished database, and delete it.
 */
export async function prepareFolder(folder: string, log: Log): Promise<(isOpen: boolean) => Promise<void>> {
  const names = await namesIn(folder);
  const marker = join(folder, UNFINISHED);
  if (names.length > 0 && !names.includes(UNFINISHED)) return async () => {};
  await writeFile(marker, '');
  await clear(folder);
  const template = await readTemplate(templateFile()).catch((error: unknown) => {
    log.warn({ err: error }, 'creating the embedded database without a template, which takes longer');
  });
  if (template !== undefined) writeFolder(template, folder);
  return async (isOpen) => {
    if (!isOpen) await clear(folder);
    await rm(marker);
  };
}

/** Removes everything but the marker, which goes last. */
async function clear(folder: string): Promise<void> {
  const names = (await namesIn(folder)).filter((name) => name !== UNFINISHED);
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true })));
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !LOCKS.test(name));
}
