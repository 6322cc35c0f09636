import { deviceName } from '../../kit/device-name.js';
import { eventWords } from '../../kit/event-words.js';
import { type Column, Table } from '../../ui/table.js';
import { ExactTime } from '../../ui/time.js';
import { EventDetails } from './event-details.js';
import styles from './event-table.module.css';
import { AddressCell, PersonCell } from './follow.js';
import type { LoggedEvent } from './logged-event.js';

const COLUMNS: readonly Column<LoggedEvent>[] = [
  { title: 'When', cell: ({ createdAt }) => <ExactTime value={createdAt} /> },
  {
    title: 'Event',
    isRowHeader: true,
    cell: (event) => <strong className={styles.event}>{eventWords(event)}</strong>,
  },
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
