/** A count within a window of time. */
export interface WindowCount {
  readonly count: number;
  /** Until the window ends (ms); 0 if none is open. */
  readonly resetInMs: number;
}

/**
 * Counts events in time windows, for rate limits. Counts may be lost at any time, so do not keep anything here that
 * authorization depends on. Each operation is atomic and never fails.
 */
export interface WindowCounter {
  /** Connects, and waits a second at most. Later attempts follow in the background. */
  start(): Promise<void>;
  /** Adds one. The first increment of a key starts its window of whole seconds. */
  increment(key: string, seconds: number): Promise<WindowCount>;
  /** The current count; 0 if no window is open. */
  read(key: string): Promise<WindowCount>;
  /** Whether all nodes currently count together. */
  readonly isShared: boolean;
  close(): Promise<void>;
}
