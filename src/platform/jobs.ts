import PgBoss from 'pg-boss';
import type { Database } from './database.js';
import type { DatabaseHandle } from './database-handle.js';
import { type JobDefinition, NotAttempted, RetryLater } from './job.js';
import { JobWorker, type TakenJob, type WorkerQueue } from './job-worker.js';
import type { Log } from './log.js';
import { QueueStatements, statementsOf } from './queue-statements.js';
import { withTimeout } from './with-timeout.js';

export type { JobDefinition } from './job.js';

/** Work that is due every hour, on one node. */
export interface MaintenanceTask {
  readonly name: string;
  run(): Promise<unknown>;
}

export interface JobQueue {
  /** Writes a job in the given transaction: it exists if and only if that commits. */
  send<T extends object>(name: string, data: T, tx: Database): Promise<void>;
}

/**
 * One hourly job for all maintenance tasks, because pg-boss polls each queue as often as the mails. A failed task
 * does not stop the others.
 */
export function maintenanceJob(tasks: readonly MaintenanceTask[], log: Log): JobDefinition {
  return {
    name: 'maintenance',
    schedule: '7 * * * *',
    expireSeconds: 1800,
    async run() {
      for (const { name, run } of tasks) {
        await run().catch((error) => log.error({ err: error, task: name }, 'a maintenance task failed'));
      }
    },
  };
}

const SCHEMA = 'jobs';
/** Interval of pg-boss' maintenance: expiry of jobs whose process died, archiving, deletion. */
const MAINTENANCE_SECONDS = 15;
/** With the pauses below, a job is retried for 20 to 40 minutes. */
const RETRY_LIMIT = 8;
/** The first pause; it doubles with each retry, with jitter. */
const RETRY_DELAY_SECONDS = 5;
const EXPIRE_SECONDS = 60;

/** What pg-boss answers for a job; the drivers hand over times as text. */
interface JobRow {
  readonly id: string;
  readonly data: unknown;
  readonly retryCount: number;
  readonly retryLimit: number;
  readonly createdOn: string;
  readonly startedOn: string;
}

/** `pg-boss` on the gateway's own database, so that jobs share its transactions on both backends. */
export class Jobs implements JobQueue {
  readonly #boss: PgBoss;
  readonly #statements: QueueStatements;
  readonly #workers: JobWorker[] = [];

  constructor(
    handle: DatabaseHandle,
    readonly log: Log,
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

  /** Installs or migrates the queue's own tables. Runs under the migration lock. */
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

  /** Takes up work. */
  async start(definitions: readonly JobDefinition<never>[]): Promise<void> {
    await this.#boss.start();
    for (const definition of definitions) await this.#register(definition);
  }

  async send<T extends object>(name: string, data: T, tx: Database): Promise<void> {
    await this.#boss.send(name, data, { db: statementsOf(tx) });
    // The job becomes visible at commit; a look too early costs one statement, the poll is the safety net.
    const wake = () => {
      for (const worker of this.#workers) if (worker.name === name) worker.wake();
    };
    for (const delay of [15, 150]) setTimeout(wake, delay).unref();
  }

  /** Takes up nothing new and waits for what runs, `milliseconds` at most; the rest is handed back. */
  async stop(milliseconds: number): Promise<void> {
    // Until the deadline, what runs can still record its outcome after a short outage of the database.
    const deadline = performance.now() + milliseconds;
    const giveUp = setTimeout(() => this.#statements.stopWaiting(), milliseconds);
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
      // On failure, the job stays taken until it expires, and runs again.
      this.#run(queue, definition, job).catch((error) => this.#statements.report(error)),
    handBack: (queue, job) =>
      this.#putBack(queue, job, { queue, pauseSeconds: 0, counts: false }).catch(() => {}),
  };

  async #run(queue: string, definition: JobDefinition<never>, job: TakenJob): Promise<void> {
    try {
      const expireMs = (definition.expireSeconds ?? EXPIRE_SECONDS) * 1000;
      await withTimeout(expireMs, definition.run(job.data as never, job));
    } catch (error) {
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
    if (job.isLastAttempt) this.log.error(line, 'a job failed and will not be retried');
    else this.log.warn(line, 'a job failed and will be retried');
    // The database keeps this: an error's text may carry parameters, its kind may not.
    await this.#boss.fail(queue, job.id, { error: error instanceof Error ? error.name : 'unknown' });
  }

  /** Ends an attempt so that the job can be taken again; has no effect if the attempt has expired meanwhile. */
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

/** Both times are the database's: the clock of this machine may be wrong. */
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
