import DataLoader from 'dataloader';

/** Keys in one statement. */
const MAX_BATCH = 100;

/**
 * Reads by key. The reads of one turn of the event loop, of all requests together, become one call of `find`.
 * Nothing is cached.
 * @param find returns the values that exist, by key
 */
export function batched<V>(
  find: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
): (key: string) => Promise<V | null> {
  const loader = new DataLoader<string, V | null>(
    async (keys) => {
      const found = await find([...new Set(keys)]);
      return keys.map((key) => found.get(key) ?? null);
    },
    { cache: false, maxBatchSize: MAX_BATCH, batchScheduleFn: (load) => setImmediate(load) },
  );
  return (key) => loader.load(key);
}
