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
 * @returns call it after the first opening
 */
export async function prepareFolder(folder: string, log: Log): Promise<() => Promise<void>> {
  const names = (await readdir(folder)).filter((name) => !LOCKS.test(name));
  const marker = join(folder, UNFINISHED);
  if (names.length > 0 && !names.includes(UNFINISHED)) return async () => {};
  await writeFile(marker, '');
  const leftovers = names.filter((name) => name !== UNFINISHED);
  await Promise.all(leftovers.map((name) => rm(join(folder, name), { recursive: true })));
  const template = await readTemplate(templateFile()).catch((error: unknown) => {
    log.warn({ err: error }, 'creating the embedded database without a template, which takes longer');
  });
  if (template !== undefined) writeFolder(template, folder);
  return () => rm(marker);
}
