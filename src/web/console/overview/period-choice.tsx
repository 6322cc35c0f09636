import { Link } from '@tanstack/react-router';
import { OwnPeriod } from './own-period.js';
import styles from './period-choice.module.css';
import {
  DAY_MS,
  DEFAULT_RANGE,
  dayOf,
  daysIn,
  intervalsOf,
  type OverviewSearch,
  overviewSearch,
  RANGES,
} from './search.js';

const RANGE_NAMES = { '24h': '24 hours', '7d': '7 days', '30d': '30 days', '90d': '90 days' } as const;
const INTERVAL_NAMES = { hour: 'By hour', day: 'By day' } as const;

/** Links, so that the browser's history and shared addresses keep the choice. */
export function PeriodChoice({ search }: { readonly search: OverviewSearch }) {
  const { range = DEFAULT_RANGE, interval } = search;
  const intervals = intervalsOf(search);
  const own = range === 'own' ? search : ownPeriodLike(search);
  return (
    <div className={styles.choice}>
      <Segments label="Period">
        {(Object.keys(RANGES) as (keyof typeof RANGES)[]).map((one) => (
          <Segment key={one} search={overviewSearch({ range: one, interval })} isChosen={range === one}>
            {RANGE_NAMES[one]}
          </Segment>
        ))}
        <Segment search={own} isChosen={range === 'own'}>
          Own period
        </Segment>
      </Segments>
      <Segments label="Interval">
        {intervals.toSorted().map((one) => (
          <Segment
            key={one}
            search={overviewSearch({ ...search, interval: one })}
            isChosen={one === (interval ?? intervals[0])}
          >
            {INTERVAL_NAMES[one]}
          </Segment>
        ))}
      </Segments>
      {range === 'own' && <OwnPeriod key={JSON.stringify(search)} search={search} />}
    </div>
  );
}

function Segments({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form.
    <div className={styles.segments} role="group" aria-label={label}>
      {children}
    </div>
  );
}

interface SegmentProps {
  readonly search: OverviewSearch;
  readonly isChosen: boolean;
  readonly children: string;
}

function Segment({ search, isChosen, children }: SegmentProps) {
  return (
    <Link
      to="/console"
      search={search}
      className={styles.segment}
      activeOptions={{ exact: true }}
      aria-current={isChosen ? 'true' : undefined}
    >
      {children}
    </Link>
  );
}

/** The same days as an own period, to change from there. */
function ownPeriodLike(search: OverviewSearch): OverviewSearch {
  const today = Date.now();
  const from = dayOf(new Date(today - (daysIn(search) - 1) * DAY_MS));
  return overviewSearch({ range: 'own', from, to: dayOf(new Date(today)), interval: search.interval });
}
