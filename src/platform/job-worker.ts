import { setTimeout as sleep } from 'node:timers/promises';
import type { JobAttempt, JobDefinition } from './job.js';

/** How often a worker looks for work (ms); work that this process sends is taken up at once. */
const POLL_MS = 2000;
/** A job that runs longer is slow (ms); see `JobDefinition.maxConcurrency`. */
const SLOW_MS = 2000;
/** How long a stop waits for a fetch that is under way (ms). */
const FETCH_PATIENCE_MS = 1000;

/** A job that this process has taken up. */
export interface TakenJob extends JobAttempt {
  readonly data: unknown;
  /** When it was taken up, as the database wrote it: tells this attempt from a later one. */
  readonly startedOn: string;
  readonly isLastAttempt: boolean;
}

export interface WorkerQueue {
  /** Takes up to `count` jobs; none if the database is unavailable. */
  fetch(queue: string, count: number): Promise<TakenJob[]>;
  /** Runs the job and records its outcome. Never rejects. */
  run(queue: string, definition: JobDefinition<never>, job: TakenJob): Promise<void>;
  /** Lets another node attempt the job; the attempt does not count. */
  handBack(queue: string, job: TakenJob): Promise<void>;
}

/**
 * Runs the jobs of one queue. pg-boss' own worker polls once per slot, sleeps after a failed job and leaves promises
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
    /** The queue's name: that of the definition, or of its retries. */
    readonly name: string,
    readonly definition: JobDefinition<never>,
    readonly limits: { readonly concurrency: number; readonly maxConcurrency: number },
  ) {
    this.#poll = setInterval(() => this.wake(), POLL_MS);
    this.wake();
  }

  /** Looks for work now. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isStopped || this.#filling !== undefined) return;
    this.#filling = this.#fill().finally(() => {
      this.#filling = undefined;
      if (this.#isWoken) this.wake();
    });
  }

  /** Takes up nothing new, waits for running jobs until the deadline, and hands back the rest. */
  async stop(deadline: number): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#poll);
    while (this.#running.size > 0 && performance.now() < deadline) await sleep(50);
    // A fetch may wait for an unavailable database. What it takes after this expires and runs again.
    await Promise.race([this.#filling, sleep(FETCH_PATIENCE_MS)]);
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
    const quick = [...this.#running.values()].filter(({ since }) => now - since < SLOW_MS).length;
    return Math.max(0, Math.min(concurrency - quick, maxConcurrency - this.#running.size));
  }

  async #run(job: TakenJob): Promise<void> {
    this.#running.set(job, { since: performance.now() });
    const slow = setTimeout(() => this.wake(), SLOW_MS);
    await this.queue.run(this.name, this.definition, job);
    clearTimeout(slow);
    this.#running.delete(job);
    // There may be more of them: do not wait for the next poll, after a failed job neither.
    this.wake();
  }
}
