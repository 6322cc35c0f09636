import { chmod, mkdir, mkdtemp, readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const MIN_FREE_BYTES = 6e9;

/**
 * Creates the folder of a run, in memory if there is enough of it: the suites copy their databases hundreds of times,
 * and on a disk the copies take longer than the tests.
 */
export async function createRunFolder(): Promise<string> {
  const folder = await mkdtemp(join((await hasMemory()) ? MEMORY : tmpdir(), 'gatehouse-tests-'));
  // Postgres runs as another user.
  await chmod(folder, 0o711);
  await mkdir(join(folder, 'pids'));
  return folder;
}

async function hasMemory(): Promise<boolean> {
  if (process.env.TMPDIR !== undefined) return false;
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    const mounts = await readFile('/proc/mounts', 'utf8');
    // Some tests run programs in the folder.
    return bavail * bsize > MIN_FREE_BYTES && !/ \/dev\/shm \S+ \S*\bnoexec\b/.test(mounts);
  } catch {
    return false;
  }
}
