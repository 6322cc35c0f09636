import { type Entry, type Report, short } from './report.js';
import { isHigherBetter, isReached } from './row.js';

const [WIDTH, LINE, LABELS] = [760, 22, 290];
const VALUES = 110;
const [TOP, BOTTOM] = [30, 8];
/** The factors of the aim at the ends of the axis, which is logarithmic. */
const [LOWEST, HIGHEST] = [1 / 8, 8];

/** How many times better than its aim a row is. */
function factorOf({ aim, ours, ratio }: Entry): number {
  const figure = (aim.unit === undefined ? ratio : ours) as number;
  return aim.min === undefined ? aim.max / figure : figure / aim.min;
}

const x = (factor: number) => {
  const share = Math.log(factor / LOWEST) / Math.log(HIGHEST / LOWEST);
  return LABELS + Math.min(1, Math.max(0, share)) * (WIDTH - LABELS - VALUES);
};

/** An SVG with one bar a row, from the line of the aim. Its colours have enough contrast on light and dark pages. */
export function chartOf({ rows }: Report): string {
  const measured = rows.filter(({ error }) => error === undefined);
  const height = TOP + measured.length * LINE + BOTTOM;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">
<title>Ratio of each benchmark to its aim</title>
<style>
  text { fill: #57606a } .yes { fill: #1a7f37 } .no { fill: #cf222e } .aim { stroke: #57606a }
  @media (prefers-color-scheme: dark) { text { fill: #9198a1 } .yes { fill: #3fb950 } .no { fill: #f85149 } .aim { stroke: #9198a1 } }
</style>
<text x="${x(1)}" y="16" text-anchor="middle">aim</text>
<text x="${WIDTH - VALUES}" y="16" text-anchor="end">better →</text>
${measured.map(barOf).join('\n')}
<line class="aim" x1="${x(1)}" x2="${x(1)}" y1="${TOP - 6}" y2="${height - BOTTOM}"/>
</svg>
`;
}

function barOf(entry: Entry, index: number): string {
  const y = TOP + index * LINE;
  const [from, to] = [x(1), x(factorOf(entry))].sort((a, b) => a - b) as [number, number];
  const isAimReached = isReached(entry, entry as never);
  const { aim, ratio, ours, unit } = entry;
  const figure = aim.unit === undefined ? short(ratio as number) : `${short(ours as number)} ${unit}`;
  const bound = `${isHigherBetter(aim) ? '≥' : '≤'} ${aim.min ?? aim.max}`;
  return `<text x="${LABELS - 10}" y="${y + 14}" text-anchor="end">${entry.label}</text>
<rect class="${isAimReached ? 'yes' : 'no'}" x="${from.toFixed(1)}" y="${y + 4}" width="${Math.max(1, to - from).toFixed(1)}" height="${LINE - 10}" rx="2"/>
<text x="${(to + 6).toFixed(1)}" y="${y + 14}">${figure} (${bound})</text>`;
}
