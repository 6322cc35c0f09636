import { readFile, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { until } from '../support/wait.js';

/** As the profiler of V8 writes it, with the CPU time (ms) of all threads of the process. */
export interface Profile {
  readonly cpuMs: number;
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** The layers of a request, by the packages and modules that each consists of. */
const LAYERS: readonly (readonly [string, RegExp])[] = [
  ['garbage collection', /^\(garbage collector\)$/],
  [
    'the database driver and Drizzle',
    /node_modules\/(postgres|drizzle-orm)\/|dist\/src\/platform\/.*postgres/,
  ],
  ['the Redis client', /node_modules\/(@redis|redis|rate-limiter-flexible)\//],
  ['jose and cryptography', /node_modules\/jose\/|^node:internal\/crypto/],
  ['GraphQL', /node_modules\/(@?graphql|@apollo|type-graphql|dataloader)|dist\/src\/graphql\//],
  ['the features of the gateway', /dist\/src\/(features|audit|mail)\//],
  [
    'HTTP',
    /node_modules\/(@?fastify|find-my-way|negotiator|secure-json-parse)|dist\/src\/http\/|^node:_http/,
  ],
  ['other modules', /node_modules\/|dist\/src\//],
];

/** The CPU time (ms) of each layer. Time without JavaScript counts for the module that called it. */
export function layersOf(profile: Profile): Map<string, number> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const callers = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const known = new Map<number, string | undefined>();
  const layerOf = (id: number | undefined): string | undefined => {
    const node = id === undefined ? undefined : nodes.get(id);
    if (node === undefined || id === undefined) return undefined;
    if (!known.has(id)) known.set(id, ownLayer(node) ?? layerOf(callers.get(id)));
    return known.get(id);
  };
  const found = new Map<string, number>();
  profile.samples.forEach((id, index) => {
    if (nodes.get(id)?.callFrame.functionName === '(idle)') return;
    const layer = layerOf(id) ?? 'Node.js';
    found.set(layer, (found.get(layer) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
  });
  return found;
}

/** Modules of Node.js count for their caller, if it has one: a socket is written to by HTTP and by the driver. */
function ownLayer({ callFrame: { functionName, url } }: ProfileNode): string | undefined {
  if (/^node:(?!internal\/crypto|_http)/.test(url)) return undefined;
  return LAYERS.find(([, pattern]) => pattern.test(url === '' ? functionName : url))?.[0];
}

/** The CPU time (ms) that all processes of the machine have used. */
function machineMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0);
}

/** A gateway under a profiler. */
export interface Profiled {
  readonly pid: number;
  /** Where the profiler writes. */
  readonly file: string;
}

export const PROFILER = fileURLToPath(new URL('../bench/peers/profiler.mjs', import.meta.url));

/**
 * Profiles gateways while `work` runs, and tells in one line what the time of the processors was spent on. Undefined if no
 * gateway runs.
 */
export async function profiled(
  gateways: readonly Profiled[],
  work: () => Promise<unknown>,
): Promise<string | undefined> {
  if (gateways.length === 0) return undefined;
  const toggle = () => {
    for (const { pid } of gateways) process.kill(pid, 'SIGUSR2');
  };
  for (const { file } of gateways) await rm(file, { force: true });
  toggle();
  const [ownBefore, allBefore] = [process.cpuUsage(), machineMs()];
  await work();
  const [own, all] = [process.cpuUsage(ownBefore), machineMs() - allBefore];
  toggle();
  const profiles: Profile[] = [];
  for (const { file } of gateways) {
    await until('the profile', () =>
      readFile(file).then(
        () => true,
        () => false,
      ),
    );
    profiles.push(JSON.parse(await readFile(file, 'utf8')) as Profile);
  }
  return describe(profiles, (own.user + own.system) / 1000, all);
}

function describe(profiles: readonly Profile[], loadMs: number, allMs: number): string {
  const layers = new Map<string, number>();
  for (const profile of profiles)
    for (const [layer, ms] of layersOf(profile)) layers.set(layer, (layers.get(layer) ?? 0) + ms);
  const mainThread = [...layers.values()].reduce((sum, ms) => sum + ms, 0);
  const gateways = profiles.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const share = (ms: number) => Math.max(0, (ms / allMs) * 100);
  const parts = [
    ...[...layers].sort(([, a], [, b]) => b - a),
    ['other threads', gateways - mainThread] as const,
  ].filter(([, ms]) => share(ms) >= 1);
  const inGateway = parts.map(([name, ms]) => `${name} ${share(ms).toFixed(0)} %`).join(', ');
  const rest = allMs - gateways - loadMs;
  return `CPU time: ${share(gateways).toFixed(0)} % in the gateway (${inGateway}), ${share(rest).toFixed(0)} % in Postgres, Redis and the system, ${share(loadMs).toFixed(0)} % in the load generator`;
}
