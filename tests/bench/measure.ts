import { spawnSync } from 'node:child_process';
import autocannon from 'autocannon';

/** Pins a process to one core, so that compared processes have the same resources. */
export function pin(pid: number, core = 0): void {
  spawnSync('taskset', ['-a', '-cp', String(core), String(pid)]);
}

/** Requests per second that are answered without an error, measured over `seconds`. */
export async function throughput(
  url: string,
  body: object,
  headers: Record<string, string>,
  { seconds = 4, connections = 50 } = {},
): Promise<number> {
  const result = await autocannon({
    url: `${url}/graphql`,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    connections,
    duration: seconds,
    verifyBody: (answer) => !String(answer).includes('"errors"'),
  });
  if (result.non2xx > 0 || result.errors > 0 || result.mismatches > 0)
    throw new Error(`${result.non2xx + result.mismatches} refused, ${result.errors} failed`);
  return result.requests.average;
}

/** Measures two candidates in turn, so that other load affects both, and compares their medians. */
export async function sideBySide(rounds: number, ours: () => Promise<number>, theirs: () => Promise<number>) {
  const a: number[] = [];
  const b: number[] = [];
  for (let round = 0; round < rounds; round++) {
    a.push(await ours());
    b.push(await theirs());
  }
  const figures = { ours: median(a), theirs: median(b) };
  return { ...figures, ratio: figures.ours / figures.theirs };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** Prints one line of the report. */
export function report(
  name: string,
  aim: number,
  { ours, theirs, ratio }: { ours: number; theirs: number; ratio: number },
) {
  const line = `${name}: ${ours.toFixed(1)}/s against ${theirs.toFixed(1)}/s = ${ratio.toFixed(2)} (aim ${aim})`;
  process.stdout.write(`${line}\n`);
}
