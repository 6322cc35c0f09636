/** A count within a window of time. */
export interface WindowCount {
  readonly count: number;
  /** Milliseconds until the window ends; 0 if no window is open. */
  readonly resetInMs: number;
}

/**
 * Counts events in time windows, for rate limits. Counts may be lost at any time, so do not keep anything here that
 * authorization depends on. Each operation is atomic and never fails.
 */
export interface WindowCounter {
  /** Connects, with a timeout of one second. If that fails, retries in the background. */
  start(): Promise<void>;
  /** Increments a counter. The first increment opens a window of `seconds`, an integer. */
  increment(key: string, seconds: number): Promise<WindowCount>;
  /** The current count; 0 if no window is open. */
  read(key: string): Promise<WindowCount>;
  /** False while Redis is configured but unavailable: each process then counts alone. Always true without Redis. */
  readonly isShared: boolean;
  close(): Promise<void>;
}
