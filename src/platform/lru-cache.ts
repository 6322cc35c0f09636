import { LRUCache } from 'lru-cache';

/**
 * A cache of up to `maxEntries` entries. With `max`, the library would allocate the memory of all entries at once, which
 * takes tens of milliseconds at each start.
 */
export function lruCache<V extends object | true>(
  maxEntries: number,
  options: { readonly ttl?: number } = {},
): LRUCache<string, V> {
  return new LRUCache<string, V>({ ...options, maxSize: maxEntries, sizeCalculation: () => 1 });
}
