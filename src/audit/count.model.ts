/** The lengths of the intervals that the counts are kept for. */
export enum StatisticsInterval {
  HOUR = 'HOUR',
  DAY = 'DAY',
}

/** How often each kind of event happened. */
export interface EventCounts {
  readonly signIns: number;
  readonly failedSignIns: number;
  readonly lockouts: number;
  readonly registrations: number;
  readonly passwordResets: number;
  readonly tokenReuses: number;
}

/** The counts of the interval that begins at `start`. */
export interface IntervalCounts extends EventCounts {
  readonly start: Date;
}
