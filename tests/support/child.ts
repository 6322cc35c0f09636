import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** True while the process runs, from this process' point of view. */
export const runs = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

/** Ends a process by its id, by force where it has not gone in time. Answers its exit status, null after a signal. */
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

/** A child must not outlive this process, whatever ends it. */
export function endWithUs(child: ChildProcess): void {
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}
