import type { User } from '../accounts/index.js';
import { plainText } from '../platform/input.js';
import type { UserFilter } from './user-filter.store.js';
import type { UserListStore, UserOrder } from './user-list.store.js';

const LONGEST_SEARCH = 256;

/**
 * One page of users.
 * @throws AuthError BAD_USER_INPUT where the search holds what no text does
 */
export function listUsers(
  store: UserListStore,
  filter: UserFilter,
  order: UserOrder,
  walk: Parameters<UserListStore['find']>[2],
): Promise<User[]> {
  return store.find(checkFilter(filter), order, walk);
}

/** How many users a filter matches. */
export function countUsers(store: UserListStore, filter: UserFilter): Promise<number> {
  return store.count(checkFilter(filter));
}

function checkFilter(filter: UserFilter): UserFilter {
  if (filter.search != null) plainText('filter.search', filter.search, LONGEST_SEARCH);
  return filter;
}
