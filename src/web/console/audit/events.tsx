import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { hasCode } from '../../kit/errors.js';
import { PageFault } from '../../kit/page-fault.js';
import { reload, useOperation } from '../../kit/query.js';
import { Button, buttonClass } from '../../ui/button.js';
import { Notice } from '../../ui/notice.js';
import { Spinner } from '../../ui/spinner.js';
import { exactTime } from '../../ui/time.js';
import { AuditLogDocument } from '../generated/operations.js';
import { EventTable } from './event-table.js';
import styles from './events.module.css';
import type { LoggedEvent } from './logged-event.js';
import { type AuditSearch, typesIn } from './search.js';

const PAGE_SIZE = 50;

/** One page of events. The focus goes to it when the filter or the page changes. */
export function Events({ search }: { readonly search: AuditSearch }) {
  const region = useFocusAfter(JSON.stringify(search));
  return (
    <section ref={region} tabIndex={-1} className={styles.events} aria-label="Events">
      <EventPage search={search} />
    </section>
  );
}

function EventPage({ search }: { readonly search: AuditSearch }) {
  const { page: _, ...filters } = search;
  const loaded = useOperation(AuditLogDocument, variablesOf(search));
  const { data, error, refetch, isFetching, isPlaceholderData } = loaded;
  if (error !== null && (data === undefined || isPlaceholderData)) {
    return hasCode(error, 'BAD_USER_INPUT') ? (
      <WrongPage filters={filters} />
    ) : (
      <PageFault error={error} onRetry={() => void refetch()} />
    );
  }
  if (data === undefined) return <Spinner />;
  const { nodes, pageInfo } = data.auditEvents;
  const isFirst = search.page === undefined;
  return (
    <>
      <nav className={styles.pages} aria-label="Pages of events">
        <p className={styles.status} role="status">
          {isPlaceholderData ? 'Loading …' : statusOf(nodes, isFirst)}
        </p>
        {isFirst ? (
          <Button size="small" isPending={isFetching} onPress={() => void reload(AuditLogDocument)}>
            Look for new events
          </Button>
        ) : (
          <Newest filters={filters} />
        )}
        {pageInfo.hasNextPage && pageInfo.endCursor !== null && !isPlaceholderData && (
          <Link
            to="/console/audit"
            search={{ ...filters, page: pageInfo.endCursor }}
            className={buttonClass({ size: 'small' })}
            activeOptions={{ exact: true }}
          >
            Older
          </Link>
        )}
      </nav>
      {error !== null && (
        <Notice kind="danger">The list could not be loaded again. It may be out of date.</Notice>
      )}
      {nodes.length > 0 ? <EventTable events={nodes} isBusy={isPlaceholderData} /> : <Nothing />}
    </>
  );
}

const Newest = ({ filters }: { readonly filters: AuditSearch }) => (
  <Link
    to="/console/audit"
    search={filters}
    className={buttonClass({ size: 'small' })}
    activeOptions={{ exact: true }}
  >
    Newest
  </Link>
);

const Nothing = () => (
  <p className={styles.nothing}>Events appear here when they happen. Remove a filter to see more.</p>
);

/** For an address with a page of another gateway or an earlier version. */
const WrongPage = ({ filters }: { readonly filters: AuditSearch }) => (
  <Notice kind="danger">
    <p>This page of the log does not exist. Go to the newest events.</p>
    <Newest filters={filters} />
  </Notice>
);

function variablesOf({ types, actor, subject, address, after, before, page }: AuditSearch) {
  const filter = {
    types: types === undefined ? undefined : typesIn(types),
    actorId: actor,
    subjectId: subject,
    ipAddress: address,
    after,
    before,
  };
  return { filter, first: PAGE_SIZE, after: page };
}

function statusOf(events: readonly LoggedEvent[], isFirst: boolean): string {
  const [newest, oldest] = [events[0], events.at(-1)];
  if (newest === undefined || oldest === undefined) {
    return isFirst ? 'No events match the filter.' : 'There are no older events.';
  }
  const count = events.length === 1 ? '1 event' : `${events.length} events`;
  return `${count}, from ${exactTime(newest.createdAt)} back to ${exactTime(oldest.createdAt)}`;
}

/** Focuses the element when the key changes, but not when it is rendered first. */
function useFocusAfter(key: string) {
  const element = useRef<HTMLElement>(null);
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    element.current?.focus();
  }, [key]);
  return element;
}
