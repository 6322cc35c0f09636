import { parseFields, parseInstant, plainText } from '../../platform/input.js';
import type { User } from '../accounts/index.js';
import type { UserFilter, UserOrder, UserPage } from './user-list.model.js';
import type { UserListStore } from './user-list.store.js';

const MAX_SEARCH_LENGTH = 256;

export interface CountDeps {
  readonly list: UserListStore;
  /** The number of all users, if a job has counted them in about the last minute. */
  storedUsers(): Promise<number | undefined>;
}

/**
 * Reads one page of users.
 * @throws AuthError BAD_USER_INPUT if the search text or a time is not valid
 */
export function listUsers(
  store: UserListStore,
  filter: UserFilter,
  order: UserOrder,
  page: UserPage,
): Promise<User[]> {
  return store.find(checkFilter(filter), order, page);
}

/**
 * The number of users that match a filter. To count a million matches takes a second, so above some 20,000 it is an
 * estimate, rounded to two significant digits. Without a filter it is the count of the job, if there is a recent one.
 * @throws AuthError BAD_USER_INPUT if the search text or a time is not valid
 */
export async function countUsers(deps: CountDeps, filter: UserFilter): Promise<number> {
  const { count, isExact } = await deps.list.count(checkFilter(filter));
  if (isExact) return count;
  const isUnfiltered = Object.values(filter).every((value) => value == null);
  return (isUnfiltered ? await deps.storedUsers() : undefined) ?? Number(count.toPrecision(2));
}

function checkFilter(filter: UserFilter): UserFilter {
  const { search, createdAfter, createdBefore } = filter;
  const checked = parseFields({
    search: () => search && plainText('filter.search', search, MAX_SEARCH_LENGTH),
    createdAfter: () => createdAfter && parseInstant('filter.createdAfter', createdAfter),
    createdBefore: () => createdBefore && parseInstant('filter.createdBefore', createdBefore),
  });
  return { ...filter, ...checked };
}
