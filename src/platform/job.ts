/** Work that goes on after a request, or after the end of the process. It runs at least once, on any node. */
export interface JobDefinition<T extends object = object> {
  readonly name: string;
  /** When the job recurs, in cron format (UTC). */
  readonly schedule?: string;
  /** Jobs that run at once in this process; 1 by default. */
  readonly concurrency?: number;
  /**
   * The limit including slow jobs. A job that has run for two seconds no longer counts towards `concurrency`, so that
   * slow jobs do not delay the others. Equal to `concurrency` by default.
   */
  readonly maxConcurrency?: number;
  /**
   * If set, jobs that threw `RetryLater` wait in a separate queue with this concurrency, so that a first attempt never
   * waits for a retry.
   */
  readonly retries?: { readonly concurrency: number; readonly maxConcurrency: number };
  /** Retries of a failed job, after 5, 10, 20, … seconds with jitter; 8 by default. */
  readonly retryLimit?: number;
  /** Seconds after which a job counts as failed, because its process may have died; 60 by default. */
  readonly expireSeconds?: number;
  /** While it returns true, no job is fetched. */
  isPaused?(): boolean;
  run(data: T, job: JobAttempt): Promise<void>;
}

export interface JobAttempt {
  /** The same for all attempts of a job. */
  readonly id: string;
  readonly previousAttempts: number;
  /** Seconds between the creation of the job and the start of the attempt, by the clock of the database. */
  readonly ageSeconds: number;
}

/** Thrown by a job to be retried after a pause. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';

  constructor(readonly pauseSeconds: number) {
    super(`retry in ${pauseSeconds} s`);
  }
}

/** Thrown by a job that could not try its work. It runs again, and the attempt does not count. */
export class NotAttempted extends Error {
  override readonly name = 'NotAttempted';
}
