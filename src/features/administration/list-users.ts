import { parseFields, parseInstant, plainText } from '../../platform/input.js';
import type { User } from '../accounts/index.js';
import type { UserFilter, UserOrder, UserPage } from './user-list.model.js';
import type { UserListStore } from './user-list.store.js';

const MAX_SEARCH_LENGTH = 256;

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

/** The number of users that match a filter. */
export function countUsers(store: UserListStore, filter: UserFilter): Promise<number> {
  return store.count(checkFilter(filter));
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
