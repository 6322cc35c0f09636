import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  Rectangle,
  ReferenceArea,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import styles from './charts.module.css';
import type { Interval } from './search.js';
import type { Point, Topic } from './topics.js';
import { intervalWords, numberWords, shortNumber, tickWords } from './words.js';

const TEXT = { fill: 'var(--ink-quiet)', fontSize: 12 };
const SO_FAR = { value: 'so far', position: 'insideTop', ...TEXT } as const;

export interface ChartProps {
  readonly topic: Topic;
  readonly points: readonly Point[];
  readonly interval: Interval;
}

/** Lines for a topic of several series, bars for a topic of one. The arrow keys go through the intervals. */
export default function Chart({ topic, points, interval }: ChartProps) {
  const isBars = topic.series.length === 1;
  const [before, last] = points.slice(-2);
  return (
    <ComposedChart
      responsive
      accessibilityLayer
      className={styles.chart}
      data={points as Point[]}
      margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
      aria-label={`${topic.title}. Press the arrow keys to go through the times.`}
    >
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis
        dataKey="start"
        tickFormatter={(start: string) => tickWords(start, interval)}
        tickLine={false}
        axisLine={{ stroke: 'var(--line-strong)' }}
        tick={TEXT}
        ticks={ticksIn(points, interval)}
        minTickGap={28}
      />
      <YAxis
        width={40}
        allowDecimals={false}
        tickFormatter={shortNumber}
        tickLine={false}
        axisLine={false}
        tick={TEXT}
      />
      <Tooltip
        cursor={{ stroke: 'var(--line-strong)', fill: 'var(--surface-sunken)' }}
        isAnimationActive={false}
        content={({ payload }) => (
          <Figures topic={topic} interval={interval} point={payload?.[0]?.payload as Point | undefined} />
        )}
      />
      {!isBars && before && last?.isPartial && (
        <ReferenceArea
          x1={before.start}
          x2={last.start}
          fill="var(--ink-quiet)"
          fillOpacity={0.12}
          label={points.length > 14 ? undefined : SO_FAR}
        />
      )}
      {topic.series.map(({ figure, color, dash }) =>
        isBars ? (
          <Bar
            key={figure}
            dataKey={figure}
            fill={color}
            maxBarSize={28}
            isAnimationActive={false}
            shape={(bar: object) => <Column {...bar} color={color} />}
          />
        ) : (
          <Area
            key={figure}
            type="monotone"
            dataKey={figure}
            stroke={color}
            strokeWidth={2}
            strokeDasharray={dash}
            fill={color}
            fillOpacity={dash === undefined ? 0.12 : 0}
            dot={points.length <= 31 && { r: 2.5, fill: color, stroke: color, strokeDasharray: 'none' }}
            activeDot={{ r: 4 }}
            isAnimationActive={false}
          />
        ),
      )}
    </ComposedChart>
  );
}

/** Midnights, if the points are the hours of several days. Undefined lets the chart choose. */
function ticksIn(points: readonly Point[], interval: Interval): string[] | undefined {
  if (interval === 'day' || points.length <= 48) return undefined;
  return points.map(({ start }) => start).filter((start) => new Date(start).getUTCHours() === 0);
}

/** A bar. That of an interval that is not over yet is only outlined. */
function Column({ color, payload, ...shape }: { color: string; payload?: Point }) {
  const look = payload?.isPartial ? { fillOpacity: 0.25, stroke: color, strokeDasharray: '3 2' } : {};
  return <Rectangle {...shape} {...look} fill={color} radius={[3, 3, 0, 0]} />;
}

interface FiguresProps {
  readonly topic: Topic;
  readonly interval: Interval;
  readonly point: Point | undefined;
}

function Figures({ topic, interval, point }: FiguresProps) {
  if (point === undefined) return null;
  return (
    <div className={styles.figures} role="status">
      <p className={styles.when}>
        {intervalWords(point.start, interval)}
        {point.isPartial && ' (so far)'}
      </p>
      {topic.series.map(({ figure, title }) => (
        <p key={figure} className={styles.figure}>
          <span>{title}</span> <strong>{numberWords(point[figure])}</strong>
        </p>
      ))}
    </div>
  );
}
