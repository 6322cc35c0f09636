/** Work that outlives the request and the process: it runs at least once, on any node. */
export interface JobDefinition<T extends object = object> {
  readonly name: string;
  /** A cron line (UTC) for work that recurs. */
  readonly schedule?: string;
  /** How many run at once in this process; 1 by default. */
  readonly concurrency?: number;
  /**
   * The limit if some of them are slow: a job that has run for two seconds no longer counts towards `concurrency`, so
   * that slow jobs do not hold up the others. Equal to `concurrency` by default.
   */
  readonly maxConcurrency?: number;
  /**
   * If set, jobs that threw `RetryLater` wait in a queue of their own, with this concurrency: a first attempt never
   * waits for a repeated one.
   */
  readonly retries?: { readonly concurrency: number; readonly maxConcurrency: number };
  /** How often a job that failed is retried, after 5, 10, 20, … seconds with jitter; 8 times by default. */
  readonly retryLimit?: number;
  /** Seconds after which a job that has not ended counts as failed, its process as dead; 60 by default. */
  readonly expireSeconds?: number;
  /** While it answers true, no job is taken up. */
  isPaused?(): boolean;
  run(data: T, job: JobAttempt): Promise<void>;
}

export interface JobAttempt {
  /** The same for all attempts. */
  readonly id: string;
  /** How many attempts there were before. */
  readonly previousAttempts: number;
  /** Seconds since the job was created, by the database's clock. */
  readonly ageSeconds: number;
}

/** Thrown by a job that is to be attempted again after a pause. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';

  constructor(readonly pauseSeconds: number) {
    super(`retry in ${pauseSeconds} s`);
  }
}

/** Thrown by a job that could not be attempted. It is handed back, and the attempt does not count. */
export class NotAttempted extends Error {
  override readonly name = 'NotAttempted';
}
