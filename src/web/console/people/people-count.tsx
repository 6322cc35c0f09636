import { Quiet } from '../../ui/layout.js';

/** Above it, the gateway may have estimated the number of people that a filter selects. */
const MAX_EXACT = 10_000;

interface PeopleCountProps {
  readonly count: {
    readonly data: { readonly users: { readonly totalCount: number } } | undefined;
    readonly isPlaceholderData: boolean;
    readonly isError: boolean;
  };
  readonly isFiltered: boolean;
}

/** How many people there are. The rows do not wait for it. */
export function PeopleCount({ count, isFiltered }: PeopleCountProps) {
  return (
    <div role="status">
      <Quiet>{wordsOf(count, isFiltered)}</Quiet>
    </div>
  );
}

function wordsOf(
  { data, isPlaceholderData, isError }: PeopleCountProps['count'],
  isFiltered: boolean,
): string {
  if (isError) return 'The people could not be counted.';
  if (data === undefined || isPlaceholderData) return 'Counting …';
  const { totalCount } = data.users;
  const isEstimate = isFiltered && totalCount > MAX_EXACT;
  const people = `${totalCount.toLocaleString('en')} ${totalCount === 1 ? 'person' : 'people'}`;
  return isFiltered ? `${isEstimate ? 'About ' : ''}${people} found` : people;
}
