import PgBoss from 'pg-boss';
import type { Database } from './database.js';
import type { DatabaseHandle } from './database-handle.js';
import { type JobDefinition, NotAttempted, RetryLater } from './job.js';
import { JobWorker, type TakenJob, type WorkerQueue } from './job-worker.js';
import type { Log } from './log.js';
import { QueueStatements, statementsOf } from './queue-statements.js';
import { noTracer, type Span, type Tracer } from './tracer.js';
import { withTimeout } from './with-timeout.js';

export type { JobDefinition } from './job.js';

/** Work that runs every hour on one node. */
export interface MaintenanceTask {
  readonly name: string;
  run(): Promise<unknown>;
}

export interface JobQueue {
  /** Writes a job in a transaction: it exists if and only if the transaction commits. */
  send<T extends object>(name: string, data: T, tx: Database): Promise<void>;
}

/**
 * The hourly job that runs all maintenance tasks. It is one job, because each queue is polled every two seconds. If a
 * task fails, the others still run.
 */
export function maintenanceJob(tasks: readonly MaintenanceTask[], log: Log): JobDefinition {
  return {
    name: 'maintenance',
    schedule: '7 * * * *',
    expireSeconds: 1800,
    async run() {
      for (const { name, run } of tasks) {
        await run().catch((error) => log.error({ err: error, task: name }, 'maintenance task failed'));
      }
    },
  };
}

const SCHEMA = 'jobs';
/** How often pg-boss expires jobs of dead processes, and archives and deletes old ones. */
const MAINTENANCE_SECONDS = 15;
/** Together with the delay below: 20 to 40 minutes of retries. */
const RETRY_LIMIT = 8;
/** Doubles with each retry, with jitter. */
const RETRY_DELAY_SECONDS = 5;
const EXPIRE_SECONDS = 60;

/** A job as pg-boss returns it. The drivers return times as text. */
interface JobRow {
  readonly id: string;
  readonly data: unknown;
  readonly retryCount: number;
  readonly retryLimit: number;
  readonly createdOn: string;
  readonly startedOn: string;
}

/** pg-boss on the database of the gateway, so that jobs are part of its transactions. */
export class Jobs implements JobQueue {
  readonly #boss: PgBoss;
  readonly #statements: QueueStatements;
  readonly #workers: JobWorker[] = [];

  constructor(
    handle: DatabaseHandle,
    readonly log: Log,
    readonly tracer: Tracer = noTracer,
  ) {
    this.#statements = new QueueStatements(handle.openQueueConnection(), log);
    this.#boss = new PgBoss({
      db: this.#statements,
      schema: SCHEMA,
      migrate: false,
      maintenanceIntervalSeconds: MAINTENANCE_SECONDS,
      archiveCompletedAfterSeconds: 3600,
      deleteAfterDays: 2,
    });
    this.#boss.on('error', (error) => this.#statements.report(error));
  }

  /** Creates or migrates the tables of pg-boss, under the migration lock. */
  static async install(handle: DatabaseHandle): Promise<void> {
    await handle.withMigrationLock(async (connection) => {
      const boss = new PgBoss({
        db: { executeSql: (text) => connection.execute(text) },
        schema: SCHEMA,
        supervise: false,
        schedule: false,
      });
      await boss.start();
      await boss.stop({ graceful: false, close: false, wait: false });
    });
  }

  /** Starts to run jobs. */
  async start(definitions: readonly JobDefinition<never>[]): Promise<void> {
    await this.#boss.start();
    for (const definition of definitions) await this.#register(definition);
  }

  async send<T extends object>(name: string, data: T, tx: Database): Promise<void> {
    const { traceparent } = this.tracer;
    const traced = traceparent === undefined ? data : { ...data, traceparent };
    await this.#boss.send(name, traced, { db: statementsOf(tx) });
    // The job is visible after the commit, which is usually over by then. If not, the poll finds it.
    const wake = () => {
      for (const worker of this.#workers) if (worker.name === name) worker.wake();
    };
    this.tracer.outside(() => {
      for (const delay of [15, 150]) setTimeout(wake, delay).unref();
    });
  }

  /** Fetches no more jobs, waits for running ones until the timeout, and hands back the rest. */
  async stop(timeoutMs: number): Promise<void> {
    // Until the deadline, running jobs can record their outcome after a short outage of the database.
    const deadline = performance.now() + timeoutMs;
    const giveUp = setTimeout(() => this.#statements.stopWaiting(), timeoutMs);
    await Promise.all(this.#workers.map((worker) => worker.stop(deadline)));
    clearTimeout(giveUp);
    this.#statements.stopWaiting();
    await this.#boss.stop({ graceful: false, close: false });
    await this.#statements.close();
  }

  async #register(definition: JobDefinition<never>): Promise<void> {
    const { name, schedule, retries, concurrency = 1, maxConcurrency = concurrency } = definition;
    await this.#createQueue(name, definition, { concurrency, maxConcurrency });
    if (retries !== undefined) await this.#createQueue(retryQueueOf(definition), definition, retries);
    if (schedule !== undefined) await this.#boss.schedule(name, schedule, {}, { tz: 'UTC' });
  }

  async #createQueue(
    name: string,
    definition: JobDefinition<never>,
    limits: { readonly concurrency: number; readonly maxConcurrency: number },
  ): Promise<void> {
    const options = {
      name,
      retryLimit: definition.retryLimit ?? RETRY_LIMIT,
      retryDelay: RETRY_DELAY_SECONDS,
      retryBackoff: true,
      expireInSeconds: definition.expireSeconds ?? EXPIRE_SECONDS,
    };
    await this.#boss.createQueue(name, options);
    await this.#boss.updateQueue(name, options);
    this.#workers.push(new JobWorker(this.#workerQueue, name, definition, limits));
  }

  readonly #workerQueue: WorkerQueue = {
    fetch: async (queue, count) => {
      const db = this.#statements.reporting;
      const rows = await this.#boss.fetch(queue, { batchSize: count, includeMetadata: true, db });
      return (rows as unknown as JobRow[]).map(takenJob);
    },
    run: (queue, definition, job) =>
      // If the outcome cannot be recorded, the job expires and runs again.
      this.tracer
        .job(
          `job ${definition.name}`,
          traceparentOf(job),
          { 'gatehouse.attempt': job.previousAttempts + 1 },
          (span) => this.#run(queue, definition, job, span),
        )
        .catch((error) => this.#statements.report(error)),
    handBack: (queue, job) =>
      this.#putBack(queue, job, { queue, pauseSeconds: 0, counts: false }).catch(() => {}),
  };

  async #run(queue: string, definition: JobDefinition<never>, job: TakenJob, span: Span): Promise<void> {
    try {
      const expireMs = (definition.expireSeconds ?? EXPIRE_SECONDS) * 1000;
      await withTimeout(expireMs, definition.run(job.data as never, job));
    } catch (error) {
      span.fail(error);
      return this.#retry(queue, definition, job, error);
    }
    await this.#boss.complete(queue, job.id);
  }

  async #retry(
    queue: string,
    definition: JobDefinition<never>,
    job: TakenJob,
    error: unknown,
  ): Promise<void> {
    if (error instanceof NotAttempted) {
      return this.#putBack(queue, job, { queue, pauseSeconds: 0, counts: false });
    }
    if (error instanceof RetryLater) {
      const { pauseSeconds } = error;
      return this.#putBack(queue, job, { queue: retryQueueOf(definition), pauseSeconds, counts: true });
    }
    const line = { err: error, job: definition.name, id: job.id };
    if (job.isLastAttempt) this.log.error(line, 'job failed and will not be retried');
    else this.log.warn(line, 'job failed and will be retried');
    // Stored in the database, so without the message, which may contain parameters.
    await this.#boss.fail(queue, job.id, { error: error instanceof Error ? error.name : 'unknown' });
  }

  /** Ends an attempt, so that the job can be fetched again. Does nothing if the attempt has expired. */
  async #putBack(
    from: string,
    job: TakenJob,
    { queue, pauseSeconds, counts }: { queue: string; pauseSeconds: number; counts: boolean },
  ): Promise<void> {
    await this.#statements.executeSql(
      `UPDATE ${SCHEMA}.job
       SET name = $3, state = 'retry', start_after = now() + $4::float8 * interval '1 second',
         started_on = CASE WHEN $5::boolean THEN started_on END
       WHERE name = $1 AND id = $2::uuid AND state = 'active' AND started_on = $6::timestamptz`,
      [from, job.id, queue, pauseSeconds, counts, job.startedOn],
    );
  }
}

function retryQueueOf({ name, retries }: JobDefinition<never>): string {
  return retries === undefined ? name : `${name}-retries`;
}

/** The span that sent the job; see `send`. */
function traceparentOf({ data }: TakenJob): string | undefined {
  const { traceparent } = (data ?? {}) as { traceparent?: unknown };
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** The age is computed from two times of the database, because the clock of this machine may be wrong. */
function takenJob({ id, data, retryCount, retryLimit, createdOn, startedOn }: JobRow): TakenJob {
  return {
    id,
    data,
    startedOn,
    previousAttempts: retryCount,
    isLastAttempt: retryCount >= retryLimit,
    ageSeconds: (Date.parse(startedOn) - Date.parse(createdOn)) / 1000,
  };
}
