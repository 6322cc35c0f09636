import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** True while the process runs, as far as this process knows. */
export const runs = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

/** Ends a process, by SIGKILL if it does not exit in time. Returns its exit status, or null after a signal. */
export async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<number | null> {
  if (!runs(child)) return child.exitCode;
  const gone = once(child, 'exit');
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(force);
  return child.exitCode;
}

/** Kills the child when this process exits. */
export function endWithUs(child: ChildProcess): void {
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}
