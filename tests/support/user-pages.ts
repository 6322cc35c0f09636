import type { UserFilter, UserOrder, UserPageQueryVariables } from '../generated/graphql.js';
import { page, type UserPage } from './administration.js';
import type { Gateway } from './gateway.js';

export type Row = UserPage['nodes'][number];

export const ORDERS = (['CREATED_AT', 'USERNAME', 'EMAIL', 'LAST_LOGIN_AT'] as const).flatMap((field) =>
  (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })),
);

const KEYS = {
  CREATED_AT: (row: Row) => row.createdAt ?? '',
  USERNAME: (row: Row) => row.username.toLowerCase(),
  EMAIL: (row: Row) => row.email?.toLowerCase() ?? '',
  // An empty string sorts before every date: users who never signed in come first.
  LAST_LOGIN_AT: (row: Row) => row.lastLoginAt ?? '',
};

/** The rows in this order, with ties sorted by id. */
export function sorted(rows: readonly Row[], { field, direction }: Required<UserOrder>): Row[] {
  const sign = direction === 'ASC' ? 1 : -1;
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const key = KEYS[field];
  return [...rows].sort((a, b) => sign * (compare(key(a), key(b)) || compare(a.id, b.id)));
}

interface Walk {
  filter?: UserFilter;
  orderBy: Required<UserOrder>;
  size: number;
  backward?: boolean;
  /** Called between two pages. */
  between?: () => Promise<unknown>;
}

/** All pages from one end to the other, in the order of the requests. */
export async function walk(gateway: Gateway, token: string, options: Walk): Promise<UserPage[]> {
  const { filter = {}, orderBy, size, backward = false, between } = options;
  const pages: UserPage[] = [];
  for (let cursor: string | null | undefined; pages.length < 200; ) {
    const where: UserPageQueryVariables = backward
      ? { last: size, before: cursor }
      : { first: size, after: cursor };
    const found = await page(gateway, token, { filter, orderBy, ...where });
    pages.push(found);
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = found.pageInfo;
    if (!(backward ? hasPreviousPage : hasNextPage)) return pages;
    cursor = backward ? startCursor : endCursor;
    await between?.();
  }
  throw new Error('The pages do not end');
}

export const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
