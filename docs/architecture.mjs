/**
 * Draws which folder of the code imports which, into docs/architecture.md between its two markers.
 *
 *   node docs/architecture.mjs           rewrites the drawing
 *   node docs/architecture.mjs --check   exit status 1 if the drawing is out of date
 *
 * Types count like values: both are dependencies of a reader.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENT = join(ROOT, 'docs', 'architecture.md');
const BEGIN = '<!-- drawing: begin (node docs/architecture.mjs) -->';
const END = '<!-- drawing: end -->';
const IMPORT = /\b(?:from\s+|import\s*\(\s*|import\s+)['"](\.{1,2}\/[^'"]+)['"]/g;

/** The node of the drawing that a file belongs to: a feature, a folder, or a file of the top level. */
function nodeOf(file) {
  const [top, ...rest] = relative(ROOT, file).split(sep);
  if (top !== 'src') return top;
  if (rest[0] === 'features' && rest.length > 2) return `features/${rest[1]}`;
  if (rest.length > 1) return rest[0];
  return rest[0].replace(/^config.*/, 'config').replace(/\.c?[jt]sx?$/, '');
}

function filesUnder(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.c?tsx?$/.test(name))
    .map((name) => join(ROOT, folder, name));
}

/** The folders that each folder imports. */
function readEdges() {
  const edges = new Map();
  for (const file of [...filesUnder('src'), ...filesUnder('emails')]) {
    const from = nodeOf(file);
    if (!edges.has(from)) edges.set(from, new Set());
    for (const [, path] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const to = nodeOf(resolve(dirname(file), path));
      if (to !== from) edges.get(from).add(to);
    }
  }
  return edges;
}

function reaches(edges, from, to, seen = new Set()) {
  if (seen.has(from)) return false;
  seen.add(from);
  return [...(edges.get(from) ?? [])].some((next) => next === to || reaches(edges, next, to, seen));
}

/** Leaves out an arrow if a longer way leads to the same folder: fewer lines, the same order. */
function isImplied(edges, from, to) {
  return [...(edges.get(from) ?? [])].some((via) => via !== to && reaches(edges, via, to));
}

/** Folders that import each other, directly or through others, in one list each. */
function circles(edges) {
  const found = new Set();
  for (const node of edges.keys()) {
    if (!reaches(edges, node, node)) continue;
    const members = [...edges.keys()].filter(
      (other) => other === node || (reaches(edges, node, other) && reaches(edges, other, node)),
    );
    found.add(members.sort().join(', '));
  }
  return [...found];
}

function draw(edges) {
  const sorted = [...edges.keys()].sort();
  const id = (node) => node.replace(/\W/g, '_');
  const hasCircle = circles(edges).length > 0;
  const lines = sorted.flatMap((from) =>
    [...edges.get(from)]
      .sort()
      .filter((to) => hasCircle || !isImplied(edges, from, to))
      .map((to) => `  ${id(from)} --> ${id(to)}`),
  );
  const rows = sorted.map((node) => `- \`${node}\`: ${[...edges.get(node)].sort().join(', ') || 'nothing'}`);
  return [
    '```mermaid',
    'flowchart TD',
    ...sorted.map((node) => `  ${id(node)}["${node}"]`),
    ...lines,
    '```',
    '',
    ...rows,
    '',
    circles(edges).length === 0
      ? 'No folder imports itself through others.'
      : `Circles: ${circles(edges).join('; ')}.`,
  ].join('\n');
}

const text = readFileSync(DOCUMENT, 'utf8');
const [before, rest] = text.split(BEGIN);
const [, after] = (rest ?? '').split(END);
if (after === undefined) throw new Error(`${DOCUMENT} must contain "${BEGIN}" and "${END}"`);
const drawn = `${before}${BEGIN}\n\n${draw(readEdges())}\n\n${END}${after}`;
if (process.argv.includes('--check')) {
  if (drawn !== text)
    process.stderr.write('docs/architecture.md is out of date: run node docs/architecture.mjs\n');
  process.exit(drawn === text ? 0 : 1);
}
writeFileSync(DOCUMENT, drawn);
