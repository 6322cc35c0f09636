import type { Clock } from './clock.js';
import { lruCache } from './lru-cache.js';
import type { WindowCount, WindowCounter } from './window-counter.js';

const MAX_KEYS = 200_000;

interface Entry {
  readonly count: number;
  readonly endsAt: number;
}

/** Counts in this process. Above `MAX_KEYS`, it forgets the least recently used keys. */
export class MemoryWindowCounter implements WindowCounter {
  readonly isShared = true;
  readonly #entries = lruCache<Entry>(MAX_KEYS);

  constructor(readonly clock: Clock) {}

  async start(): Promise<void> {}

  async increment(key: string, seconds: number): Promise<WindowCount> {
    const now = this.clock.now();
    const entry = this.#current(key);
    const count = (entry?.count ?? 0) + 1;
    const endsAt = entry?.endsAt ?? now + seconds * 1000;
    this.#entries.set(key, { count, endsAt });
    return { count, resetInMs: endsAt - now };
  }

  async read(key: string): Promise<WindowCount> {
    const entry = this.#current(key);
    if (entry === undefined) return { count: 0, resetInMs: 0 };
    return { count: entry.count, resetInMs: entry.endsAt - this.clock.now() };
  }

  async close(): Promise<void> {
    this.#entries.clear();
  }

  #current(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.endsAt > this.clock.now() ? entry : undefined;
  }
}
