import type {
  OrderDirection,
  PeopleQueryVariables,
  Role,
  UserFilter,
  UserOrderField,
} from '../generated/operations.js';

export const PAGE_SIZE = 25;
export const MAX_SEARCH_LENGTH = 256;
const MAX_CURSOR_LENGTH = 1000;

/** The filters of the list that have one value of several. */
const CHOICES = {
  role: ['CUSTOMER', 'STAFF', 'ADMIN'] satisfies Role[],
  account: ['active', 'deactivated'],
  address: ['verified', 'unverified'],
  twoFactor: ['on', 'off'],
  lock: ['locked', 'unlocked'],
} as const;

const SORTS = {
  username: 'USERNAME',
  email: 'EMAIL',
  lastSignIn: 'LAST_LOGIN_AT',
  created: 'CREATED_AT',
} as const satisfies Record<string, UserOrderField>;

export type Sort = keyof typeof SORTS;
type Choices = { [K in keyof typeof CHOICES]?: (typeof CHOICES)[K][number] };

/** The part of the list's state that is in the URL. */
export interface PeopleSearch extends Choices {
  q?: string;
  /** Days in the time zone of the user, such as 2026-01-31. Both are included. */
  from?: string;
  to?: string;
  sort?: Sort;
  order?: 'asc' | 'desc';
  /** Cursors; at most one of them. */
  after?: string;
  before?: string;
}

const oneOf = <T extends string>(value: unknown, values: readonly T[]): T | undefined =>
  values.find((one) => one === value);

/** The router reads numbers as such. */
const textOf = (value: unknown, maxLength: number): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text === '' || [...text].length > maxLength) return undefined;
  // The gateway refuses these.
  return /\0|\p{Surrogate}/u.test(text) ? undefined : text;
};

/** A day that exists, in the years that a person would mean. */
export const dayOf = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || !/^(19|20)\d\d-\d\d-\d\d$/.test(value)) return undefined;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value) ? value : undefined;
};

/**
 * Reads the parameters of an address, which anybody can write. What is not valid is undefined: the router keeps what it
 * read itself for a key that is missing.
 */
export function readPeopleSearch(given: Record<string, unknown>): PeopleSearch {
  const after = textOf(given.after, MAX_CURSOR_LENGTH);
  return {
    q: textOf(given.q, MAX_SEARCH_LENGTH),
    role: oneOf(given.role, CHOICES.role),
    account: oneOf(given.account, CHOICES.account),
    address: oneOf(given.address, CHOICES.address),
    twoFactor: oneOf(given.twoFactor, CHOICES.twoFactor),
    lock: oneOf(given.lock, CHOICES.lock),
    from: dayOf(given.from),
    to: dayOf(given.to),
    sort: oneOf(given.sort, Object.keys(SORTS) as Sort[]),
    order: oneOf(given.order, ['asc', 'desc']),
    after,
    before: after === undefined ? textOf(given.before, MAX_CURSOR_LENGTH) : undefined,
  };
}

/** Whether the search selects some of the people only. */
export const hasFilter = (search: PeopleSearch): boolean =>
  Object.values(filterOf(search)).some((value) => value !== undefined);

export function filterOf({ q, role, account, address, twoFactor, lock, from, to }: PeopleSearch): UserFilter {
  return {
    search: q,
    roles: role && [role],
    isActive: account && account === 'active',
    emailVerified: address && address === 'verified',
    twoFactorEnabled: twoFactor && twoFactor === 'on',
    locked: lock && lock === 'locked',
    // The filter excludes the times themselves.
    createdAfter: from && new Date(startOf(from).getTime() - 1).toISOString(),
    createdBefore: to && startOf(to, 1).toISOString(),
  };
}

/** Midnight in the time zone of the user, at the beginning of a day or of one after it. */
function startOf(day: string, daysLater = 0): Date {
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + daysLater);
  return date;
}

export const isTime = (sort: Sort) => sort === 'created' || sort === 'lastSignIn';

/** The sort order, with its defaults: newest first, names from A to Z. */
export function orderOf({ sort = 'created', order = isTime(sort) ? 'desc' : 'asc' }: PeopleSearch) {
  return { sort, order };
}

export function variablesOf(search: PeopleSearch): PeopleQueryVariables {
  const { after, before } = search;
  const { sort, order } = orderOf(search);
  const direction: OrderDirection = order === 'asc' ? 'ASC' : 'DESC';
  return {
    filter: filterOf(search),
    orderBy: { field: SORTS[sort], direction },
    ...(before === undefined ? { first: PAGE_SIZE, after } : { last: PAGE_SIZE, before }),
  };
}
