import DataLoader from 'dataloader';

/** As many ids as one statement is asked for. */
const MAX_BATCH = 100;

/**
 * Makes one statement of the reads that come together, over all requests: those of one turn of the event loop
 * wait for its end. Nothing is cached.
 * @param find answers what it found by key
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
