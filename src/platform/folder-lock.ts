import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';

/**
 * Keeps a second process out of a folder that only one may write. The lock names its owner's process id, so
 * that one left behind by a killed process is taken over.
 * @returns unlocks
 * @throws Error naming the process that holds the folder
 */
export function lockFolder(folder: string): () => void {
  const file = `${folder}.lock`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => unlinkSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(readFileSync(file, 'utf8'));
      if (isAlive(owner)) throw new Error(`the database in ${folder} is in use by process ${owner}`);
      unlinkSync(file);
    }
  }
  throw new Error(`the database in ${folder} is in use`);
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
