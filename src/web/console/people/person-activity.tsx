import { Link } from '@tanstack/react-router';
import { deviceName } from '../../kit/device-name.js';
import { eventWords, NOTABLE_TYPES } from '../../kit/event-words.js';
import { useOperation } from '../../kit/query.js';
import { Stack } from '../../ui/layout.js';
import { type Column, Table } from '../../ui/table.js';
import { ExactTime } from '../../ui/time.js';
import { PersonActivityDocument, type PersonActivityQuery } from '../generated/operations.js';
import { Loaded } from './loaded.js';

type Event = NonNullable<NonNullable<PersonActivityQuery['user']>['securityEvents']>['nodes'][number];

const EVENTS_SHOWN = 10;

/** The newest events that concern the person. */
export function PersonActivity({ id }: { readonly id: string }) {
  const activity = useOperation(PersonActivityDocument, { id, first: EVENTS_SHOWN, types: NOTABLE_TYPES });
  return (
    <Stack>
      <h2>Recent activity</h2>
      <Loaded query={activity}>
        {({ user }) => <Events id={id} events={user?.securityEvents?.nodes ?? []} />}
      </Loaded>
      <p>
        <Link to="/console/audit" search={{ subject: id }}>
          All events of this person in the audit log
        </Link>
      </p>
    </Stack>
  );
}

function Events({ id, events }: { readonly id: string; readonly events: readonly Event[] }) {
  if (events.length === 0) return <p>No events, apart from renewed sessions.</p>;
  const columns: Column<Event>[] = [
    { title: 'What', isRowHeader: true, isText: true, cell: eventWords },
    { title: 'When', cell: ({ createdAt }) => <ExactTime value={createdAt} /> },
    { title: 'By', isText: true, cell: ({ actor }) => <Actor actor={actor} isOwner={actor?.id === id} /> },
    {
      title: 'Device',
      isText: true,
      cell: ({ userAgent }) => (userAgent === null ? '–' : deviceName(userAgent)),
    },
    { title: 'IP address', isText: true, cell: ({ ipAddress }) => ipAddress ?? '–' },
  ];
  return <Table caption="Recent activity" columns={columns} rows={events} keyOf={(event) => event.id} />;
}

function Actor({ actor, isOwner }: { readonly actor: Event['actor']; readonly isOwner: boolean }) {
  if (actor === null) return '–';
  if (isOwner) return 'The person';
  return (
    <Link to="/console/people/$id" params={{ id: actor.id }}>
      {actor.username}
    </Link>
  );
}
