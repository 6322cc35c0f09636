import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import autocannon from 'autocannon';
import type { Figures, Unit } from './row.js';

export const CONNECTIONS = 64;
const ROUNDS = 5;
/** `--quick` lowers them. */
export const pace = { maxRounds: ROUNDS, tokens: 100_000 };
/** Runs our candidate, and tells what the time was spent on. */
export const profiler: { run?(ours: () => Promise<unknown>): Promise<string | undefined> } = {};
const SECONDS = 1.2;
/** The fewest requests of a round, for each connection. */
const MIN_ROUND = 3;

/** Sent as JSON by POST to `/graphql`. */
export interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly token?: string | undefined;
}

/** A request for autocannon. */
export interface Call {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export function post({ query, variables, token }: Operation): Call {
  return {
    path: '/graphql',
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  };
}

export interface Load {
  readonly connections?: number;
  /** About as long, once the rate is known. */
  readonly seconds?: number;
  /** As many requests instead. */
  readonly amount?: number;
}

/**
 * A measurement of requests per second. The first call, which warms up, takes a fixed time and finds the rate. The
 * others send a fixed number of requests and wait for all answers: a fixed time would lose the requests that are in
 * flight at its end, which are many if a request is slow.
 */
export function loadOf(
  url: string,
  call: Call | (() => Call),
  { seconds = SECONDS, connections = CONNECTIONS, amount }: Load = {},
): () => Promise<number> {
  let requests = amount;
  return async () => {
    if (requests !== undefined) return send(url, call, { amount: requests, connections });
    const perSecond = await send(url, call, { duration: seconds, connections });
    requests = Math.max(MIN_ROUND * connections, Math.round(perSecond * seconds));
    return perSecond;
  };
}

/**
 * Answers per second.
 * @throws Error if any request fails or is refused
 */
async function send(
  url: string,
  call: Call | (() => Call),
  load: Pick<autocannon.Options, 'connections' | 'amount' | 'duration'>,
): Promise<number> {
  const request = typeof call === 'function' ? { setupRequest: () => ({ ...call() }) } : call;
  let wrong: string | undefined;
  const startedAt = performance.now();
  let lastAt = startedAt;
  const result = await autocannon({
    ...load,
    url,
    requests: [request],
    // The default, in seconds, is too short for a list of users on a slow machine.
    timeout: 60,
    verifyBody: (body) => {
      lastAt = performance.now();
      const isRight = !String(body).includes('"errors"');
      if (!isRight) wrong ??= String(body).slice(0, 300);
      return isRight;
    },
    // In milliseconds. It ends at the next sample after the last answer.
    ...{ sampleInt: 100 },
  });
  const { non2xx, errors, mismatches } = result;
  if (non2xx + errors + mismatches > 0)
    throw new Error(`${non2xx + mismatches} requests refused, ${errors} failed; the first: ${wrong}`);
  return (result['2xx'] * 1000) / (lastAt - startedAt);
}

/**
 * Measures two candidates in turns A B A B, after a round that does not count, so that other load of the machine affects
 * both.
 */
export async function inTurns(
  unit: Unit,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
  rounds = ROUNDS,
): Promise<Figures> {
  await ours();
  await theirs();
  // A round of its own, because a profiler slows down what it observes. A single request would be too short for it.
  const profile = unit === '/s' ? await profiler.run?.(ours) : undefined;
  const pairs: [number, number][] = [];
  for (let round = 0; round < Math.min(rounds, pace.maxRounds); round += 1)
    pairs.push([await ours(), await theirs()]);
  const ratios = pairs.map(([a, b]) => a / b);
  return {
    ours: median(pairs.map(([a]) => a)),
    theirs: median(pairs.map(([, b]) => b)),
    unit,
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ...(profile !== undefined && { profile }),
  };
}

/** The figures with the highest ratio; the others as its notes. */
export function worstOf(all: readonly (readonly [string, Figures])[]): Figures {
  const [worst] = [...all].sort(([, a], [, b]) => b.ratio - a.ratio);
  if (worst === undefined) throw new TypeError('no figures');
  const notes = all.map(
    ([name, { ours, theirs, unit, ratio }]) =>
      `${name}: ${ours.toFixed(2)} against ${theirs.toFixed(2)} ${unit} = ${ratio.toFixed(2)}`,
  );
  return { ...worst[1], notes };
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** @param share from 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

/** The median time (ms) of `runs` calls, one after the other. */
export async function medianMs(runs: number, call: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const startedAt = performance.now();
    await call();
    samples.push(performance.now() - startedAt);
  }
  return median(samples);
}

/** Runs `work` with each of these processes on core 0, and the load generator, which is this process, on core 1. */
export async function pinned<T>(pids: readonly number[], work: () => Promise<T>): Promise<T> {
  const cores = availableParallelism();
  const pin = (pid: number, core: string) => spawnSync('taskset', ['-a', '-cp', core, String(pid)]);
  if (cores > 1) {
    for (const pid of pids) pin(pid, '0');
    pin(process.pid, '1');
  }
  try {
    return await work();
  } finally {
    for (const pid of [...pids, process.pid]) pin(pid, `0-${cores - 1}`);
  }
}
