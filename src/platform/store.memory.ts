import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';
import type { KeyValueStore } from './store.js';

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

/** The store of a gateway that is one process: values in memory, bounded, the least used forgotten first. */
export class MemoryStore implements KeyValueStore {
  readonly healthy = true;
  readonly #entries = new LRUCache<string, Entry>({ max: 200_000 });

  constructor(readonly clock: Clock) {}

  async get(key: string): Promise<string | null> {
    return this.#live(key)?.value ?? null;
  }

  async set(key: string, value: string, seconds: number, options: { onlyIfAbsent?: boolean } = {}) {
    if (options.onlyIfAbsent === true && this.#live(key) !== undefined) return false;
    this.#entries.set(key, { value, expiresAt: this.clock.now() + seconds * 1000 });
    return true;
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async increment(key: string, seconds: number): Promise<number> {
    const entry = this.#live(key);
    const value = Number(entry?.value ?? 0) + 1;
    const expiresAt = entry?.expiresAt ?? this.clock.now() + seconds * 1000;
    this.#entries.set(key, { value: String(value), expiresAt });
    return value;
  }

  async close(): Promise<void> {
    this.#entries.clear();
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.clock.now() ? entry : undefined;
  }
}
