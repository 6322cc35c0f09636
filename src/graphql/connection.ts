import { badInput } from '../platform/error.js';
import type { Cursors, Position } from './cursor.js';

/** The arguments of a connection (Relay cursor connections §4). */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The requested page: its size, its direction and the position where it starts. */
export interface Page {
  readonly size: number;
  readonly backward: boolean;
  /** The row before the page, or after it if backward. Undefined for the first page of the direction. */
  readonly from: Position | undefined;
}

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

/**
 * Parses `first` and `after`, or `last` and `before`.
 * @param order names the list, the sort field and the direction; a cursor of another order is refused
 * @throws AuthError BAD_USER_INPUT if both directions are given, the size is not 1 to 100 or the cursor is invalid
 */
export function parsePage(
  cursors: Cursors,
  order: string,
  { first, after, last, before }: PageArguments,
): Page {
  const backward = last != null || before != null;
  if (backward && (first != null || after != null)) {
    throw badInput({ field: 'last', message: 'Give either first and after, or last and before.' });
  }
  const size = (backward ? last : first) ?? DEFAULT_PAGE_SIZE;
  if (size < 1 || size > MAX_PAGE_SIZE) {
    throw badInput({ field: backward ? 'last' : 'first', message: `Must be 1 to ${MAX_PAGE_SIZE}.` });
  }
  const cursor = backward ? before : after;
  const from = cursor == null ? undefined : cursors.decode(order, cursor, backward ? 'before' : 'after');
  return { size, backward, from };
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

export interface Connection<T> {
  readonly edges: readonly Edge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/**
 * Makes a connection of the rows that a store found.
 * @param found the rows in the direction of the page; one more than its size if the list continues
 */
export function toConnection<T>(
  cursors: Cursors,
  order: string,
  { size, backward, from }: Page,
  found: readonly T[],
  positionOf: (node: T) => Position,
): Connection<T> {
  const hasMore = found.length > size;
  const nodes = found.slice(0, size);
  if (backward) nodes.reverse();
  // Signed when a cursor is read, because most operations select the cursors of the page alone.
  const edges = nodes.map((node) => ({
    node,
    get cursor() {
      return cursors.encode(order, positionOf(node));
    },
  }));
  return {
    edges,
    nodes,
    pageInfo: {
      // The row that the cursor belongs to is on the other side of the page.
      hasNextPage: backward ? from !== undefined : hasMore,
      hasPreviousPage: backward ? hasMore : from !== undefined,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
}
