import { deviceName } from '../../kit/device-name.js';
import { eventWords } from '../../kit/event-words.js';
import { type Column, Table } from '../../ui/table.js';
import { ExactTime } from '../../ui/time.js';
import type { AuditEventType } from '../generated/operations.js';
import { EventDetails } from './event-details.js';
import styles from './event-table.module.css';
import { AddressCell, PersonCell } from './follow.js';
import type { LoggedEvent } from './logged-event.js';

/** Attacks cause these, among other things. A mark helps to find them. */
const ALARMING: ReadonlySet<AuditEventType> = new Set([
  'ACCOUNT_LOCKED',
  'LOGIN_FAILED',
  'TOKEN_REUSED',
  'TWO_FACTOR_FAILED',
]);

const COLUMNS: readonly Column<LoggedEvent>[] = [
  {
    title: 'Event',
    isRowHeader: true,
    cell: (event) => (
      <span className={ALARMING.has(event.type) ? styles.alarming : styles.event}>{eventWords(event)}</span>
    ),
  },
  { title: 'When', cell: ({ createdAt }) => <ExactTime value={createdAt} /> },
  {
    title: 'Done by',
    cell: ({ actor, ipAddress }) => (
      <PersonCell
        as="actor"
        person={actor}
        otherwise={ipAddress === null ? 'The gateway' : 'Not signed in'}
      />
    ),
  },
  {
    title: 'Done to',
    cell: ({ subject }) => <PersonCell as="subject" person={subject} otherwise="No account" />,
  },
  {
    title: 'From',
    cell: ({ ipAddress, userAgent }) => (
      <AddressCell address={ipAddress} device={userAgent === null ? null : deviceName(userAgent)} />
    ),
  },
  { title: 'Details', cell: (event) => <EventDetails event={event} /> },
];

interface EventTableProps {
  readonly events: readonly LoggedEvent[];
  readonly isBusy: boolean;
}

export function EventTable({ events, isBusy }: EventTableProps) {
  return (
    <Table
      caption="Events, newest first"
      columns={COLUMNS}
      rows={events}
      keyOf={({ id }) => id}
      isBusy={isBusy}
    />
  );
}
