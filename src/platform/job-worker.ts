import { setTimeout as sleep } from 'node:timers/promises';
import type { JobAttempt, JobDefinition } from './job.js';

/** Jobs of other processes wait this long at most. Jobs that this process sends start at once. */
const POLL_INTERVAL_MS = 2000;
/** A job that runs longer is slow; see `JobDefinition.maxConcurrency`. */
const SLOW_MS = 2000;
/** How long a stop waits for a running fetch. */
const FETCH_TIMEOUT_MS = 1000;

/** A job that this process has fetched. */
export interface TakenJob extends JobAttempt {
  readonly data: unknown;
  /** When the attempt started, as the database prints it. Identifies the attempt. */
  readonly startedOn: string;
  readonly isLastAttempt: boolean;
}

export interface WorkerQueue {
  /** Fetches at most `count` jobs; none if the database is unavailable. */
  fetch(queue: string, count: number): Promise<TakenJob[]>;
  /** Runs the job and records its outcome. Never rejects. */
  run(queue: string, definition: JobDefinition<never>, job: TakenJob): Promise<void>;
  /** Lets another node attempt the job; the attempt does not count. */
  handBack(queue: string, job: TakenJob): Promise<void>;
}

/**
 * Runs the jobs of one queue. pg-boss' own worker polls once for each slot, pauses after a failed job, and has promises
 * that nobody awaits.
 */
export class JobWorker {
  readonly #running = new Map<TakenJob, { readonly since: number }>();
  readonly #poll: NodeJS.Timeout;
  #filling: Promise<void> | undefined;
  #isWoken = false;
  #isStopped = false;

  constructor(
    readonly queue: WorkerQueue,
    /** The queue of the definition, or the one of its retries. */
    readonly name: string,
    readonly definition: JobDefinition<never>,
    readonly limits: { readonly concurrency: number; readonly maxConcurrency: number },
  ) {
    this.#poll = setInterval(() => this.wake(), POLL_INTERVAL_MS);
    this.wake();
  }

  /** Fetches jobs now. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isStopped || this.#filling !== undefined) return;
    this.#filling = this.#fill().finally(() => {
      this.#filling = undefined;
      if (this.#isWoken) this.wake();
    });
  }

  /** Fetches no more jobs, waits for running ones until the deadline, and hands back the rest. */
  async stop(deadline: number): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#poll);
    while (this.#running.size > 0 && performance.now() < deadline) await sleep(50);
    // A fetch may wait for an unavailable database. Jobs that it fetches later expire and run again.
    await Promise.race([this.#filling, sleep(FETCH_TIMEOUT_MS)]);
    await Promise.all([...this.#running.keys()].map((job) => this.queue.handBack(this.name, job)));
  }

  async #fill(): Promise<void> {
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false;
      const free = this.#freeSlots();
      if (free === 0) return;
      const jobs = await this.queue.fetch(this.name, free);
      for (const job of jobs) {
        if (this.#isStopped) await this.queue.handBack(this.name, job);
        else void this.#run(job);
      }
    }
  }

  #freeSlots(): number {
    if (this.definition.isPaused?.() === true) return 0;
    const { concurrency, maxConcurrency } = this.limits;
    const now = performance.now();
    const fast = [...this.#running.values()].filter(({ since }) => now - since < SLOW_MS).length;
    return Math.max(0, Math.min(concurrency - fast, maxConcurrency - this.#running.size));
  }

  async #run(job: TakenJob): Promise<void> {
    this.#running.set(job, { since: performance.now() });
    const slow = setTimeout(() => this.wake(), SLOW_MS);
    await this.queue.run(this.name, this.definition, job);
    clearTimeout(slow);
    this.#running.delete(job);
    // More jobs may wait: do not wait for the next poll, even after a failed job.
    this.wake();
  }
}
