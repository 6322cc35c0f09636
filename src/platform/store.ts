/**
 * A small key-value store for what may be lost at any time: copies of the database's truth and short-lived
 * counters. Lifetimes are in whole seconds. Each operation is atomic. Every operation may throw
 * `StoreUnavailable`; callers then go to the truth, or count for themselves.
 */
export interface KeyValueStore {
  /** The value, or null where there is none or it has expired. */
  get(key: string): Promise<string | null>;
  /** Writes; with `onlyIfAbsent` nothing happens where a live value is there. Whether it was written. */
  set(key: string, value: string, seconds: number, options?: { onlyIfAbsent?: boolean }): Promise<boolean>;
  delete(key: string): Promise<void>;
  /** Adds one and answers the sum; the first increment starts the lifetime, later ones leave it. */
  increment(key: string, seconds: number): Promise<number>;
  /** Whether values can be trusted to be current just now. */
  readonly healthy: boolean;
  close(): Promise<void>;
}

export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
