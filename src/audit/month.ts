/** A range of times in ISO 8601 (UTC, milliseconds). `from` is included, `to` is not. Null: no bound. */
export interface TimeRange {
  readonly from: string | null;
  readonly to: string | null;
}

/** The ids of the rows of a range. */
export interface Span extends TimeRange {
  readonly minId: bigint;
  readonly maxId: bigint;
}

/**
 * The ranges between the bounds, oldest first. Together they contain every time, whatever the bounds are. So no row is
 * missed, even if it is in the default partition.
 * @param bounds where a partition begins or ends, oldest first
 */
export function rangesBetween(bounds: readonly string[]): TimeRange[] {
  return [null, ...bounds].map((from, at) => ({ from, to: bounds[at] ?? null }));
}

export function contains({ from, to }: TimeRange, time: string): boolean {
  return (from === null || from <= time) && (to === null || time < to);
}

/**
 * The range of the partitions that may have rows with ids above `after`, up to `upTo`.
 * @param spans oldest first
 * @returns undefined if there are no such rows
 */
export function rangeOfIds(spans: readonly Span[], after: bigint, upTo: bigint): TimeRange | undefined {
  const found = spans.filter(({ minId, maxId }) => maxId > after && minId <= upTo);
  const [first, last] = [found[0], found.at(-1)];
  return first && last && { from: first.from, to: last.to };
}
