import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Aim, type Figures, isHigherBetter, isReached, type Row, type Unit } from './row.js';

/** A row of a report: its figures, or why there are none. */
export interface Entry extends Omit<Row, 'measure'>, Partial<Figures> {
  readonly dropped?: boolean;
  readonly error?: string;
}

export interface Report {
  readonly note: string;
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  /** Of the last minute, at the start. Above 0 the machine had other work. */
  readonly load: number;
  readonly node: string;
  readonly rows: readonly Entry[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const COMMITTED = 'bench.json';
export const LATEST = '.bench/latest.json';
const CHART = 'docs/pictures/bench.svg';
const README = 'README.md';
/** What `--update` writes. */
export const UPDATED = [COMMITTED, CHART, README];
/** The table of the README is between these lines. */
const [BEGIN, END] = ['<!-- npm run bench -- --update -->', '<!-- end -->'];

export function machine(): Omit<Report, 'rows'> {
  return {
    note: 'Written by npm run bench -- --update. Only the ratios are compared.',
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load: Number((loadavg()[0] as number).toFixed(1)),
    node: process.version,
  };
}

export async function readCommitted(): Promise<Report | undefined> {
  const text = await readFile(join(root, COMMITTED), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Report);
}

export async function writeLatest(report: Report): Promise<void> {
  await mkdir(join(root, '.bench'), { recursive: true });
  await writeFile(join(root, LATEST), json(report));
}

/** Writes the committed figures, their chart, and the table of the README. Rows that were not run, or failed, keep theirs. */
export async function writeCommitted(
  report: Report,
  committed: Report | undefined,
  order: readonly string[],
  chartOf: (report: Report) => string,
): Promise<void> {
  const rows = report.rows.filter(({ error }) => error === undefined);
  const kept = committed?.rows.filter(({ id }) => !rows.some((row) => row.id === id)) ?? [];
  const sorted = [...rows, ...kept].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const all = { ...report, rows: sorted };
  await writeFile(join(root, COMMITTED), json(all));
  await writeFile(join(root, CHART), chartOf(all));
  const readme = await readFile(join(root, README), 'utf8');
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${README} has no lines ${BEGIN} and ${END}`);
  await writeFile(join(root, README), `${before}${BEGIN}\n\n${tableOf(all)}\n\n${END}${after}`);
}

const json = (report: Report) => `${JSON.stringify(report, null, 2)}\n`;

/** A Markdown table, and the notes of the rows below it. */
export function tableOf({ rows, ...machine }: Report, committed?: Report): string {
  const heads = ['measured', 'against', 'figures', 'ratio', 'spread', 'aim', ''];
  if (committed !== undefined) heads.splice(6, 0, 'committed');
  const lines = rows.map((entry) => {
    const before = committed?.rows.find(({ id }) => id === entry.id)?.ratio;
    const cells = [entry.name, entry.against, ...figuresOf(entry)];
    if (committed !== undefined) cells.splice(6, 0, before === undefined ? '–' : short(before));
    return cells;
  });
  const notes = rows.flatMap((entry) => notesOf(entry).map((note) => `- ${entry.id}: ${note}`));
  return [
    aligned([heads, ...lines]),
    '',
    `${machine.cpu}, ${machine.cores} cores, load ${machine.load} at the start, Node.js ${machine.node}, ${machine.date}.`,
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}

function notesOf({ notes = [], profile, ...entry }: Entry): readonly string[] {
  const isMissed = profile !== undefined && !isReached(entry, entry as Figures);
  return isMissed ? [...notes, profile] : notes;
}

function figuresOf({ aim, error, dropped, ours, theirs, unit, ratio, spread }: Entry): string[] {
  if (error !== undefined) return ['–', '–', '–', aimOf(aim), `failed: ${error.split('\n')[0]}`];
  const figures = { ours, theirs, unit, ratio, spread } as Figures;
  return [
    `${amount(figures.ours, figures.unit)} : ${amount(figures.theirs, figures.unit)}`,
    short(figures.ratio),
    figures.spread.map(short).join('–'),
    aimOf(aim),
    dropped ? 'dropped' : isReached({ aim }, figures) ? 'yes' : 'no',
  ];
}

function aimOf(aim: Aim): string {
  const bound = String(aim.min ?? aim.max);
  return `${isHigherBetter(aim) ? '≥' : '≤'} ${bound}${aim.unit === undefined ? '' : ` ${aim.unit}`}`;
}

/** Three significant digits. */
export const short = (value: number) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const amount = (value: number, unit: Unit) => `${short(value)}${unit === '/s' ? unit : ` ${unit}`}`;

function aligned([heads = [], ...lines]: readonly (readonly string[])[]): string {
  const widths = heads.map((_, column) =>
    Math.max(3, ...[heads, ...lines].map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...lines.map(line)].join('\n');
}
