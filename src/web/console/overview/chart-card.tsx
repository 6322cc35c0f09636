import { useQuery } from '@tanstack/react-query';
import { Card, Quiet, Row } from '../../ui/layout.js';
import { Spinner } from '../../ui/spinner.js';
import styles from './chart-card.module.css';
import type { ChartProps } from './charts.js';
import { FigureTable } from './figure-table.js';
import type { Period } from './period.js';
import { type Point, type Series, summaryOf, type Topic, totalOf } from './topics.js';
import { numberWords } from './words.js';

interface ChartCardProps {
  readonly topic: Topic;
  readonly points: readonly Point[];
  readonly period: Period;
  /** Whether the figures are of the period before. */
  readonly isOutdated: boolean;
}

/** A chart with its totals, its summary and its table. */
export function ChartCard({ topic, points, period, isOutdated }: ChartCardProps) {
  const { interval } = period;
  const isEmpty = !isOutdated && topic.series.every(({ figure }) => totalOf(points, figure) === 0);
  return (
    <Card title={topic.title}>
      <div className={`${styles.body} ${isOutdated ? styles.outdated : ''}`} aria-busy={isOutdated}>
        <Quiet>{topic.hint}</Quiet>
        <Row>
          {topic.series.map((series) => (
            <p key={series.figure} className={styles.total}>
              <strong className={styles.value}>{numberWords(totalOf(points, series.figure))}</strong>
              {topic.series.length > 1 && <Name {...series} />}
            </p>
          ))}
        </Row>
        <figure className={styles.figure}>
          <div className={styles.plot}>
            {isEmpty ? (
              <p className={styles.nothing}>
                No {topic.series.map(({ many }) => many).join(' and no ')} {period.words}.
              </p>
            ) : (
              <Plot topic={topic} points={points} interval={interval} />
            )}
          </div>
          {!isEmpty && (
            <figcaption className={styles.caption}>
              {isOutdated ? 'Loading …' : summaryOf(topic, points, period)}
            </figcaption>
          )}
        </figure>
        <FigureTable topic={topic} points={points} interval={interval} />
      </div>
    </Card>
  );
}

/** The name of a line, with a sample of it. */
function Name({ color, dash, title }: Series) {
  return (
    <span className={styles.name}>
      <svg className={styles.sample} viewBox="0 0 28 8" aria-hidden="true">
        <line x1="0" x2="28" y1="4" y2="4" stroke={color} strokeWidth="3" strokeDasharray={dash} />
      </svg>
      {title}
    </span>
  );
}

function Plot(props: ChartProps) {
  // Recharts is larger than all other modules of the page.
  const chart = useQuery({
    queryKey: ['module', 'charts'],
    queryFn: () => import('./charts.js'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (chart.isError) {
    return <p className={styles.nothing}>The chart could not be loaded. The table below has its figures.</p>;
  }
  if (chart.data === undefined) return <Spinner />;
  const { default: Chart } = chart.data;
  return <Chart {...props} />;
}
