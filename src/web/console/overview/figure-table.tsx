import styles from './figure-table.module.css';
import type { Interval } from './search.js';
import type { Point, Topic } from './topics.js';
import { intervalWords, numberWords } from './words.js';

interface FigureTableProps {
  readonly topic: Topic;
  readonly points: readonly Point[];
  readonly interval: Interval;
}

/** The figures of a chart, newest first. */
export function FigureTable({ topic, points, interval }: FigureTableProps) {
  return (
    <details className={styles.details}>
      <summary className={styles.summary}>Show as table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={styles.region} tabIndex={0} aria-label={`Table: ${topic.title}`}>
        <table className={styles.table}>
          <caption className={styles.caption}>{topic.title}</caption>
          <thead>
            <tr>
              <th scope="col">{interval === 'day' ? 'Day (UTC)' : 'Hour from (UTC)'}</th>
              {topic.series.map(({ title }) => (
                <th key={title} scope="col" className={styles.number}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {points.toReversed().map((point) => (
              <tr key={point.start}>
                <th scope="row">
                  {intervalWords(point.start, interval)}
                  {point.isPartial && ' (so far)'}
                </th>
                {topic.series.map(({ figure }) => (
                  <td key={figure} className={styles.number}>
                    {numberWords(point[figure])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
