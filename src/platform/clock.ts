/** The process' time, injected so that tests can move it. Rows are compared with the database's own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
