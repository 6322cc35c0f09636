import { Link } from '@tanstack/react-router';
import type { Ref } from 'react';
import { Badge } from '../../ui/badge.js';
import { Row } from '../../ui/layout.js';
import { type Column, Table } from '../../ui/table.js';
import { Time } from '../../ui/time.js';
import { isTime, type orderOf, type PeopleSearch, type Sort } from './people-search.js';
import { type PersonRow, roleName, statesOf } from './person-state.js';

interface PeopleTableProps {
  readonly people: readonly PersonRow[];
  readonly isBusy: boolean;
  readonly order: ReturnType<typeof orderOf>;
  readonly onSort: (change: PeopleSearch) => void;
  readonly ref: Ref<HTMLElement>;
}

export function PeopleTable({ people, isBusy, order, onSort, ref }: PeopleTableProps) {
  const sortBy = (sort: Sort): Column<PersonRow>['sort'] => {
    const isSorted = order.sort === sort;
    const opposite = order.order === 'asc' ? 'desc' : 'asc';
    return {
      direction: isSorted ? (order.order === 'asc' ? 'ascending' : 'descending') : undefined,
      onPress: () => onSort({ sort, order: isSorted ? opposite : isTime(sort) ? 'desc' : 'asc' }),
    };
  };
  const columns: Column<PersonRow>[] = [
    { title: 'Username', isRowHeader: true, isText: true, sort: sortBy('username'), cell: personLink },
    { title: 'Name', isText: true, cell: ({ displayName }) => <bdi>{displayName ?? '–'}</bdi> },
    { title: 'Address', isText: true, sort: sortBy('email'), cell: ({ email }) => email },
    { title: 'Role', cell: ({ role }) => roleName(role) },
    { title: 'State', cell: stateBadges },
    {
      title: 'Last sign-in',
      sort: sortBy('lastSignIn'),
      cell: ({ lastLoginAt }) => (lastLoginAt === null ? 'Never' : <Time value={lastLoginAt} />),
    },
    {
      title: 'Created',
      sort: sortBy('created'),
      cell: ({ createdAt }) => createdAt !== null && <Time value={createdAt} />,
    },
  ];
  return (
    <Table
      ref={ref}
      caption="People"
      columns={columns}
      rows={people}
      keyOf={({ id }) => id}
      isBusy={isBusy}
    />
  );
}

const personLink = ({ id, username }: PersonRow) => (
  <Link to="/console/people/$id" params={{ id }}>
    {username}
  </Link>
);

const stateBadges = (person: PersonRow) => (
  <Row>
    {statesOf(person).map(({ words, tone }) => (
      <Badge key={words} tone={tone}>
        {words}
      </Badge>
    ))}
  </Row>
);
