import { parseArgs } from 'node:util';
import { chartOf } from './chart.js';
import { pace, profiler } from './measure.js';
import { profiled } from './profile.js';
import {
  type Entry,
  LATEST,
  machine,
  type Report,
  readCommitted,
  tableOf,
  UPDATED,
  writeCommitted,
  writeLatest,
} from './report.js';
import { hasDropped, type Row } from './row.js';
import { growthRows } from './rows/growth.js';
import { peerRows } from './rows/peers.js';
import { processRows } from './rows/process.js';
import { serviceRows } from './rows/services.js';
import { signInRows } from './rows/sign-in.js';
import { statementRows } from './rows/statements.js';
import { createServers } from './servers.js';

const USAGE = `npm run bench -- [--only <row> …] [--update] [--full] [--quick] [--list]
  --only    runs this row; repeat it for several
  --update  writes bench.json, docs/pictures/bench.svg and the table of the README
  --full    with ten million audit events instead of one million
  --quick   one round with 20,000 users instead of a million: to try rows out, compared with nothing
  --list    prints the names of the rows
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    update: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const print = (text: string) => process.stdout.write(`${text}\n`);

const users = values.quick ? 20_000 : 1_000_000;
if (values.quick) Object.assign(pace, { maxRounds: 1, tokens: 1000 });
const servers = createServers({
  main: { users: 10_000, sessions: 400_000, auditEvents: 10_000 },
  small: { users: 1000, sessions: 3000, auditEvents: 10_000 },
  large: { users, sessions: 3 * users, auditEvents: values.full ? 10 * users : users },
});
profiler.run = (ours) => profiled(servers.nodes, ours);
// The rows that use the large database come last: it takes most of the memory of a small machine.
const rows: readonly Row[] = [
  ...peerRows(servers),
  ...signInRows(servers),
  ...processRows(servers),
  ...serviceRows(servers),
  ...statementRows(servers),
  ...growthRows(servers),
];

/** Measures a row; once more if it has dropped, because a shared machine is noisy. A failure does not end the run. */
async function entryOf(row: Row, committed: number | undefined): Promise<Entry> {
  const { id, measure, ...about } = row;
  try {
    let figures = await measure();
    const drops = () => committed !== undefined && hasDropped(row, figures.ratio, committed);
    if (drops()) {
      print(`${id}: ${figures.ratio.toFixed(2)} after ${committed?.toFixed(2)}, measured again`);
      figures = await measure();
    }
    return { id, ...about, ...figures, dropped: drops() };
  } catch (error) {
    return { id, ...about, error: error instanceof Error ? error.message : String(error) };
  }
}

async function run(): Promise<number> {
  if (values.help || values.list) {
    print(values.help ? USAGE : rows.map(({ id, name }) => `${id.padEnd(20)} ${name}`).join('\n'));
    return 0;
  }
  const unknown = values.only?.filter((id) => !rows.some((row) => row.id === id)) ?? [];
  if (unknown.length > 0) {
    print(`no such row: ${unknown.join(', ')}\n${USAGE}`);
    return 2;
  }
  if (values.quick && values.update) {
    print(`--quick cannot be combined with --update\n${USAGE}`);
    return 2;
  }
  const committed = values.quick ? undefined : await readCommitted();
  const ratioOf = (id: string) => committed?.rows.find((row) => row.id === id)?.ratio;
  const order = rows.map(({ id }) => id);
  const entries: Entry[] = [];
  const report: Report = { ...machine(), rows: entries };
  const startedAt = performance.now();
  for (const row of rows) {
    if (values.only !== undefined && !values.only.includes(row.id)) continue;
    const entry = await entryOf(row, ratioOf(row.id));
    entries.push(entry);
    // After each row, so that an interrupted run keeps its rows.
    await writeLatest(report);
    if (values.update) await writeCommitted(report, committed, order, chartOf);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    print(`${seconds.padStart(4)} s  ${row.id}: ${entry.error ?? entry.ratio?.toFixed(2)}`);
  }
  print(`\n${tableOf(report, committed)}`);
  print(`\nWritten: ${[LATEST, ...(values.update ? UPDATED : [])].join(', ')}`);
  const wrong = entries.filter(({ error, dropped }) => error !== undefined || dropped === true);
  for (const { id, error } of wrong) print(`${id}: ${error ?? 'its ratio has dropped by a fifth or more'}`);
  const failed = values.update ? wrong.filter(({ error }) => error !== undefined) : wrong;
  return failed.length === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void servers.stop().finally(() => process.exit(1)));
try {
  process.exitCode = await run();
} finally {
  await servers.stop();
}
