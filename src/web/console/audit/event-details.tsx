import styles from './event-table.module.css';
import type { LoggedEvent } from './logged-event.js';

/** What else the log knows of an event: its details, and behind a disclosure the raw facts. */
export function EventDetails({ event }: { readonly event: LoggedEvent }) {
  const { id, type, createdAt, userAgent, details } = event;
  const pairs = pairsIn(details);
  return (
    <>
      {pairs.length > 0 && <Pairs pairs={pairs} />}
      <details className={styles.more}>
        <summary>More</summary>
        <Pairs
          pairs={[
            ['event', id],
            ['type', type],
            ['time', createdAt],
            ['user agent', userAgent ?? 'none'],
          ]}
        />
      </details>
    </>
  );
}

type Pair = readonly [name: string, value: string];

function Pairs({ pairs }: { readonly pairs: readonly Pair[] }) {
  return (
    <dl className={styles.pairs}>
      {pairs.map(([name, value]) => (
        <div key={name} className={styles.pair}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The JSON object of an event as pairs. Text that is no object is one pair. */
function pairsIn(details: string | null): Pair[] {
  if (details === null) return [];
  const value: unknown = JSON.parse(details);
  if (typeof value !== 'object' || value === null) return [['details', details]];
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fact]) => [nameWords(name), factWords(fact)]);
}

/** "accountExisted" is "account existed". */
const nameWords = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function factWords(fact: unknown): string {
  if (typeof fact === 'boolean') return fact ? 'yes' : 'no';
  return typeof fact === 'string' ? fact : JSON.stringify(fact);
}
