import { spawnSync } from 'node:child_process';
import { sleep } from '../../support/wait.js';
import { type Call, inTurns, loadOf, pace, post } from '../measure.js';
import { adminToken, ME, meOf, meOfNew, PAGE, refreshOf } from '../operations.js';
import type { Row } from '../row.js';
import type { Server, Servers } from '../servers.js';

const MIXED_SECONDS = 20;
const REFRESHES_PER_SECOND = 1000;
const STARTS = 3;
/** In MB, for the old generation of V8, as docs/operations.md advises for a small container. */
const HEAP = 192;

/** The process itself: its memory, and its first start. */
export function processRows(servers: Servers): Row[] {
  const { tokens } = pace;
  return [
    {
      id: 'memory',
      label: 'memory',
      name: `memory (RSS) after ${tokens.toLocaleString('en')} tokens and ${MIXED_SECONDS} s of mixed load, with \`--max-old-space-size=${HEAP}\``,
      against: 'bare Apollo Server after as many requests',
      aim: { max: 300, unit: 'MB' },
      async measure() {
        const gateway = await servers.gateway('main');
        // A node of its own: the others have served other rows.
        const [node, bare] = [
          await gateway.join([`--max-old-space-size=${HEAP}`]),
          await servers.startBareApollo(),
        ];
        const calls = await meOfNew(gateway, tokens);
        await Promise.all([
          loadOf(node.url, calls, { amount: tokens })(),
          loadOf(bare.url, post({ query: ME }), { amount: tokens })(),
        ]);
        const afterTokens = megabytes(node);
        const samples: number[] = [];
        const load = mixedLoad(node, await mixedCalls(servers));
        for (let second = 0; second < MIXED_SECONDS; second += 1) {
          await sleep(1000);
          samples.push(megabytes(node));
        }
        await load;
        const [ours, theirs] = [Math.max(afterTokens, ...samples), megabytes(bare)];
        await Promise.all([node.stop(), bare.stop()]);
        const ratio = ours / theirs;
        const notes = [
          `after ${tokens.toLocaleString('en')} tokens: ${afterTokens.toFixed(0)} MB`,
          `second half of the mixed load: ${slope(samples.slice(MIXED_SECONDS / 2)).toFixed(1)} MB a minute`,
        ];
        return { ours, theirs, unit: 'MB', ratio, spread: [ratio, ratio], notes };
      },
    },
    {
      id: 'first-start',
      label: 'first start',
      name: 'first start in an empty folder to the first answer',
      against: 'the start of bare Apollo Server',
      aim: { max: 3, unit: 's' },
      measure: () =>
        inTurns(
          's',
          () => secondsOf(servers.startFirst),
          () => secondsOf(servers.startBareApollo),
          STARTS,
        ),
    },
  ];

  async function mixedCalls({ gateway }: Servers) {
    const main = await gateway('main');
    return {
      me: await meOf(main),
      refresh: await refreshOf(main, REFRESHES_PER_SECOND * MIXED_SECONDS),
      page: post({ query: PAGE, token: await adminToken(main) }),
    };
  }
}

type Calls = { me: Call; refresh: () => Call; page: Call };

function mixedLoad({ url }: Server, { me, refresh, page }: Calls): Promise<unknown> {
  const seconds = MIXED_SECONDS;
  return Promise.all([
    loadOf(url, me, { seconds, connections: 32 })(),
    loadOf(url, refresh, { seconds, connections: 4 })(),
    loadOf(url, page, { seconds, connections: 4 })(),
  ]);
}

function megabytes({ pid }: Server): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(stdout) / 1024;
}

/** The least-squares slope of samples, one a second, per minute. */
function slope(samples: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [middle, level] = [(samples.length - 1) / 2, mean(samples)];
  const covariance = mean(samples.map((value, at) => (at - middle) * (value - level)));
  return (covariance / mean(samples.map((_, at) => (at - middle) ** 2))) * 60;
}

async function secondsOf(start: () => Promise<Server>): Promise<number> {
  const startedAt = performance.now();
  const server = await start();
  const seconds = (performance.now() - startedAt) / 1000;
  await server.stop();
  return seconds;
}
