import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { hasCode } from '../../kit/errors.js';
import { PageFault } from '../../kit/page-fault.js';
import { PageTitle } from '../../kit/page-title.js';
import { useOperation } from '../../kit/query.js';
import { Stack } from '../../ui/layout.js';
import { Pager } from '../../ui/pager.js';
import { Spinner } from '../../ui/spinner.js';
import { CountPeopleDocument, PeopleDocument, type PeopleQuery } from '../generated/operations.js';
import { NobodyFound } from './nobody-found.js';
import { PeopleCount } from './people-count.js';
import { PeopleFilters } from './people-filters.js';
import { filterOf, hasFilter, orderOf, type PeopleSearch, variablesOf } from './people-search.js';
import { PeopleTable } from './people-table.js';

const route = getRouteApi('/console/people');

/** The list of people. The address of the page says all of what it shows, so that it can be shared. */
export function PeopleList() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/console/people' });
  const people = useOperation(PeopleDocument, variablesOf(search));
  const count = useOperation(CountPeopleDocument, { filter: filterOf(search) });

  const hasCursor = search.after !== undefined || search.before !== undefined;
  const isCursorRefused = hasCursor && hasCode(people.error, 'BAD_USER_INPUT');
  useEffect(() => {
    if (isCursorRefused) void navigate({ search: firstPage, replace: true });
  }, [isCursorRefused, navigate]);

  /** Shows other people: from the first page on. */
  const select = (change: PeopleSearch, replace = false) =>
    navigate({ search: (before) => ({ ...firstPage(before), ...change }), replace, resetScroll: false });
  const turn = (page: Pick<PeopleSearch, 'after' | 'before'>) =>
    navigate({ search: (before) => ({ ...firstPage(before), ...page }), resetScroll: false });
  const form = useRef<HTMLFormElement>(null);
  const clear = () => {
    const { sort, order } = search;
    void navigate({ search: { sort, order }, resetScroll: false });
    // The button that was pressed disappears.
    const field = form.current?.elements.namedItem('q');
    if (field instanceof HTMLElement) field.focus();
  };

  return (
    <>
      <PageTitle>People</PageTitle>
      <PeopleFilters ref={form} search={search} onChange={select} onClear={clear} />
      <Stack>
        <PeopleCount count={count} isFiltered={hasFilter(search)} />
        {people.isError && !isCursorRefused && (
          <PageFault error={people.error} onRetry={() => void people.refetch()} />
        )}
        {people.isPending && <Spinner />}
        {people.data?.users.nodes.length === 0 && (
          <NobodyFound
            isFiltered={hasFilter(search)}
            onClear={clear}
            onFirstPage={() => void turn({})}
            hasCursor={hasCursor}
          />
        )}
        {people.data !== undefined && people.data.users.nodes.length > 0 && (
          <Page
            users={people.data.users}
            isBusy={people.isPlaceholderData}
            order={orderOf(search)}
            onSort={select}
            onTurn={turn}
          />
        )}
      </Stack>
    </>
  );
}

const firstPage = ({ after, before, ...search }: PeopleSearch): PeopleSearch => search;

interface PageProps {
  readonly users: PeopleQuery['users'];
  readonly isBusy: boolean;
  readonly order: ReturnType<typeof orderOf>;
  readonly onSort: (change: PeopleSearch) => void;
  readonly onTurn: (page: Pick<PeopleSearch, 'after' | 'before'>) => void;
}

function Page({ users, isBusy, order, onSort, onTurn }: PageProps) {
  const region = useRef<HTMLElement>(null);
  const { nodes, pageInfo } = users;
  const { startCursor, endCursor, hasPreviousPage, hasNextPage } = pageInfo;
  // The new rows are read from their beginning.
  const turn = (page: Pick<PeopleSearch, 'after' | 'before'>) => {
    if (isBusy) return;
    region.current?.focus();
    onTurn(page);
  };
  return (
    <>
      <PeopleTable ref={region} people={nodes} isBusy={isBusy} order={order} onSort={onSort} />
      <Pager
        label="Pages of people"
        status={`This page: ${nodes[0]?.username} to ${nodes.at(-1)?.username}`}
        onPrevious={hasPreviousPage && startCursor !== null ? () => turn({ before: startCursor }) : undefined}
        onNext={hasNextPage && endCursor !== null ? () => turn({ after: endCursor }) : undefined}
      />
    </>
  );
}
