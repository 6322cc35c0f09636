import { useInfiniteQuery } from '@tanstack/react-query';
import { deviceName } from '../kit/device-name.js';
import { eventWords, NOTABLE_TYPES } from '../kit/event-words.js';
import { PageFault } from '../kit/page-fault.js';
import { request } from '../kit/request.js';
import { Button } from '../ui/button.js';
import { Spinner } from '../ui/spinner.js';
import { Time } from '../ui/time.js';
import { ActivityDocument, type ActivityQuery } from './generated/operations.js';
import { Item, List } from './list.js';
import { useAccount } from './use-account.js';

type Event = NonNullable<NonNullable<ActivityQuery['me']>['securityEvents']>['nodes'][number];

const PAGE_SIZE = 10;

export function ActivityCard() {
  const { id } = useAccount();
  const { data, error, isFetchingNextPage, isPending, hasNextPage, fetchNextPage, refetch } = useActivity();
  if (isPending) return <Spinner />;
  if (data === undefined) return <PageFault error={error} onRetry={() => void refetch()} />;
  const events = data.pages.flatMap((page) => page?.nodes ?? []);
  return (
    <>
      <p>
        The latest events of your account. If you do not recognise one, change your password: that signs out
        all other devices.
      </p>
      <List
        label="Recent activity"
        empty="Nothing has happened yet."
        items={events}
        render={(event) => <EventItem event={event} viewerId={id} />}
      />
      {error !== null && <PageFault error={error} onRetry={() => void fetchNextPage()} />}
      {hasNextPage && (
        <div>
          <Button isPending={isFetchingNextPage} onPress={() => void fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

function useActivity() {
  return useInfiniteQuery({
    queryKey: [String(ActivityDocument)],
    queryFn: async ({ pageParam }) =>
      (await request(ActivityDocument, { first: PAGE_SIZE, after: pageParam, types: NOTABLE_TYPES })).me
        ?.securityEvents ?? null,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) =>
      page?.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? undefined) : undefined,
  });
}

function EventItem({ event, viewerId }: { event: Event; viewerId: string }) {
  const { createdAt, ipAddress, userAgent, actor } = event;
  const isByOther = actor !== null && actor.id !== viewerId;
  const device = userAgent === null ? undefined : deviceName(userAgent);
  const origin = isByOther ? 'by support' : [device, ipAddress].filter(Boolean).join(', ');
  return (
    <Item
      title={eventWords(event)}
      facts={[
        <>
          <Time value={createdAt} />
          {origin !== '' && ` · ${origin}`}
        </>,
      ]}
    />
  );
}
