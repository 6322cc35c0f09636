import { PageFault } from '../../kit/page-fault.js';
import { useOperation } from '../../kit/query.js';
import { Quiet } from '../../ui/layout.js';
import { Spinner } from '../../ui/spinner.js';
import { StatisticsDocument } from '../generated/operations.js';
import { ChartCard } from './chart-card.js';
import { type Period, periodOf } from './period.js';
import type { OverviewSearch } from './search.js';
import styles from './statistics.module.css';
import { OTHERS, pointsOf, SIGN_INS } from './topics.js';

/** The charts of a period. */
export function Statistics({ search }: { readonly search: OverviewSearch }) {
  const now = Date.now();
  const period = periodOf(search, now);
  const { from, to, interval } = period;
  const { data, error, refetch, isPlaceholderData } = useOperation(StatisticsDocument, {
    from,
    to,
    interval: interval === 'hour' ? 'HOUR' : 'DAY',
  });
  if (error !== null && (data === undefined || isPlaceholderData)) {
    return <PageFault error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined) return <Placeholder />;
  const points = pointsOf(data.authStatistics, period, now);
  const shown = { points, period, isOutdated: isPlaceholderData };
  return (
    <>
      <Quiet>
        {noteOf(
          period,
          points.some(({ isPartial }) => isPartial),
        )}
      </Quiet>
      <ChartCard topic={SIGN_INS} {...shown} />
      <div className={styles.others}>
        {OTHERS.map((topic) => (
          <ChartCard key={topic.title} topic={topic} {...shown} />
        ))}
      </div>
    </>
  );
}

/** As high as the first chart, so that what follows does not move. */
const Placeholder = () => (
  <div className={styles.placeholder}>
    <Spinner />
  </div>
);

function noteOf({ interval }: Period, hasPartial: boolean): string {
  const lasts = interval === 'day' ? 'Days begin at midnight in UTC' : 'Hours are in UTC';
  const partial = interval === 'day' ? 'Today is' : 'This hour is';
  return hasPartial ? `${lasts}. ${partial} not over: its figures are those so far.` : `${lasts}.`;
}
