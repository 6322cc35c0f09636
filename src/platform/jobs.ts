import PgBoss from 'pg-boss';
import {
  type Database,
  type DatabaseHandle,
  isDatabaseUnavailable,
  placeholders,
  rowsOf,
} from './database.js';
import type { Log } from './log.js';

/** Work that outlives the request and the process: it runs at least once, on any node. */
export interface JobDefinition<T extends object = object> {
  readonly name: string;
  /** A cron line (UTC) for work that comes round by itself. */
  readonly schedule?: string;
  /** How many run at once in this process; 1 where it says nothing. */
  readonly concurrency?: number;
  readonly retryLimit?: number;
  /** The pause before another try, in seconds. Fixed, so that work is taken up soon after an outage. */
  readonly retryDelaySeconds?: number;
  /**
   * Seconds after which one that has not ended is taken to have died with its process, and is tried again; 60
   * where it says nothing.
   */
  readonly expireSeconds?: number;
  run(data: T, job: { readonly id: string }): Promise<void>;
}

/** A piece of cleaning up that comes round by itself. */
export interface Upkeep {
  readonly name: string;
  run(): Promise<unknown>;
}

export interface JobQueue {
  /** Writes a job in the given transaction: it exists if and only if that commits. */
  send<T extends object>(name: string, data: T, tx: Database): Promise<void>;
}

/**
 * One hourly job for all upkeep: a queue for each piece would be polled as often as the mails. A piece that
 * fails does not keep the others from running.
 */
export function upkeepJob(pieces: readonly Upkeep[], log: Log): JobDefinition {
  return {
    name: 'upkeep',
    schedule: '7 * * * *',
    expireSeconds: 1800,
    async run() {
      for (const { name, run } of pieces) {
        await run().catch((error) => log.error({ err: error, upkeep: name }, 'a piece of upkeep failed'));
      }
    },
  };
}

const SCHEMA = 'jobs';
/** Seconds between two looks for jobs whose process died. */
const MAINTENANCE_SECONDS = 15;
/** Seconds between two looks for work; work sent by this process is taken up at once. */
const POLL_SECONDS = 2;

/** `pg-boss` on the gateway's own database, so that jobs share its transactions on both backends. */
export class Jobs implements JobQueue {
  readonly #boss: PgBoss;
  readonly #workers = new Map<string, string[]>();
  #stopping = false;

  constructor(
    readonly handle: DatabaseHandle,
    readonly log: Log,
  ) {
    this.#boss = new PgBoss({
      db: { executeSql: (text, values) => this.#patiently(text, values) },
      schema: SCHEMA,
      migrate: false,
      maintenanceIntervalSeconds: MAINTENANCE_SECONDS,
      archiveCompletedAfterSeconds: 3600,
      deleteAfterDays: 2,
    });
    this.#boss.on('error', (error) => log.error({ err: error }, 'the job queue failed'));
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
    await this.#boss.send(name, data, { db: { executeSql: (text, values) => execute(tx, text, values) } });
    // The job becomes visible at commit; a look too early costs one statement, the poll is the safety net.
    for (const delay of [15, 150]) setTimeout(() => this.#wake(name), delay).unref();
  }

  /** Takes up nothing new and waits for what runs, `milliseconds` at most; the rest is handed back. */
  async stop(milliseconds: number): Promise<void> {
    await this.#boss.stop({ graceful: true, close: false, wait: true, timeout: milliseconds });
    this.#stopping = true;
  }

  async #register(definition: JobDefinition<never>): Promise<void> {
    const {
      name,
      schedule,
      concurrency = 1,
      retryLimit = 3,
      retryDelaySeconds = 5,
      expireSeconds = 60,
    } = definition;
    const options = { name, retryLimit, retryDelay: retryDelaySeconds, expireInSeconds: expireSeconds };
    await this.#boss.createQueue(name, options);
    await this.#boss.updateQueue(name, options);
    if (schedule !== undefined) await this.#boss.schedule(name, schedule, {}, { tz: 'UTC' });
    const workers: string[] = [];
    for (let i = 0; i < concurrency; i++) {
      workers.push(
        await this.#boss.work(name, { pollingIntervalSeconds: POLL_SECONDS }, async ([job]) => {
          if (job !== undefined) await this.#run(definition, job);
        }),
      );
    }
    this.#workers.set(name, workers);
  }

  async #run(definition: JobDefinition<never>, job: { id: string; data: unknown }): Promise<void> {
    try {
      await definition.run(job.data as never, { id: job.id });
      // A job that is done may have others behind it: do not wait for the next poll.
      setImmediate(() => this.#wake(definition.name));
    } catch (error) {
      this.log.warn({ err: error, job: definition.name, id: job.id }, 'a job failed and will be tried again');
      // pg-boss keeps what is thrown in the job's row: only its kind may stand there.
      throw new Error(error instanceof Error ? error.name : 'failed');
    }
  }

  #wake(name: string): void {
    for (const worker of this.#workers.get(name) ?? []) this.#boss.notifyWorker(worker);
  }

  /**
   * The queue's own statements wait for a database that is away. Were "completed" lost in an outage, a mail
   * that went out would go out again.
   */
  async #patiently(text: string, values: unknown[]): Promise<{ rows: never[] }> {
    for (let pause = 100; ; pause = Math.min(pause * 2, 5000)) {
      try {
        return await execute(this.handle.db, text, values);
      } catch (error) {
        if (!isDatabaseUnavailable(error) || this.#stopping) throw error;
        await new Promise((done) => setTimeout(done, pause).unref());
      }
    }
  }
}

async function execute(
  db: Database,
  text: string,
  values: readonly unknown[] = [],
): Promise<{ rows: never[] }> {
  return { rows: await rowsOf<never>(db, placeholders(text, values.map(toParameter))) };
}

/** The drivers take neither `undefined` nor, under Drizzle, plain objects for JSON. */
function toParameter(value: unknown): unknown {
  if (value === undefined) return null;
  const isPlain =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  return isPlain ? JSON.stringify(value) : value;
}
