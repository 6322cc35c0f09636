/** A count within a window of time. */
export interface WindowCount {
  readonly count: number;
  /** Until the window ends (ms); 0 if none is open. */
  readonly resetInMs: number;
}

/**
 * Counts within windows of time, for rate limits. The counts may be lost at any time, so nothing that decides who
 * may do what is kept here. Windows are in whole seconds. Each operation is atomic and never fails.
 */
export interface WindowCounter {
  /** Connects, and keeps trying in the background. Takes a second at most, and never fails. */
  start(): Promise<void>;
  /** Adds one. The first increment of a key starts its window, later ones leave it. */
  increment(key: string, seconds: number): Promise<WindowCount>;
  /** The count of a key without adding to it; 0 if no window is open. */
  read(key: string): Promise<WindowCount>;
  /** Whether all nodes count together at present. */
  readonly isShared: boolean;
  close(): Promise<void>;
}
