import { type Database, isTemporaryDatabaseError, placeholders, queryRows } from './database.js';
import type { Log } from './log.js';
import type { QueueConnection } from './queue-connection.js';

type Result = { rows: never[] };

/** The database interface of pg-boss. */
export interface Statements {
  executeSql(text: string, values?: unknown[]): Promise<Result>;
}

/** pg-boss sends each maintenance transaction as one text. */
const MAINTENANCE = /^\s*BEGIN;(.*)COMMIT;\s*$/s;

/** Backoff while the database is unavailable. */
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;

/** Runs the statements of pg-boss on the queue's own connection. */
export class QueueStatements implements Statements {
  #isWaiting = false;
  #mayWait = true;
  #isClosed = false;

  constructor(
    readonly connection: QueueConnection,
    readonly log: Log,
  ) {}

  /**
   * Statements wait while the database is unavailable. If the statement that completes a job were lost, its mail would be
   * sent twice. Maintenance does not wait: it runs again anyway, and another node may hold its lock.
   */
  async executeSql(text: string, values: unknown[] = []): Promise<Result> {
    // pg-boss does not await some promises, so a rejection would not be handled.
    if (this.#isClosed) return new Promise(() => {});
    const maintenance = MAINTENANCE.exec(text)?.[1];
    if (maintenance !== undefined) {
      await this.connection.transaction(maintenance);
      return { rows: [] };
    }
    for (let pause = MIN_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      try {
        const result = await this.connection.run((db) => statementsOf(db).executeSql(text, values));
        if (this.#isWaiting) this.log.info('job queue: database available again');
        this.#isWaiting = false;
        return result;
      } catch (error) {
        if (!isTemporaryDatabaseError(error) || !this.#mayWait) throw error;
        if (!this.#isWaiting) this.log.warn({ err: error }, 'job queue: waiting for the database');
        this.#isWaiting = true;
        await new Promise((done) => setTimeout(done, pause).unref());
      }
    }
  }

  /** Also logs errors. For statements whose errors pg-boss hides. */
  readonly reporting: Statements = {
    executeSql: (text, values) =>
      this.executeSql(text, values).catch((error) => {
        this.report(error);
        throw error;
      }),
  };

  report(error: unknown): void {
    if (!this.#mayWait) return;
    if (isTemporaryDatabaseError(error))
      this.log.warn({ err: error }, 'job queue: statement failed, database unavailable');
    else this.log.error({ err: error }, 'job queue: statement failed');
  }

  /** From now on, statements fail at once if the database is unavailable, and errors are not logged. */
  stopWaiting(): void {
    this.#mayWait = false;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.connection.close();
  }
}

/** Runs pg-boss' statements on any `Database`, such as the transaction of a use case. */
export function statementsOf(db: Database): Statements {
  return {
    executeSql: async (text, values = []) => ({
      rows: await queryRows<never>(db, placeholders(text, values.map(toParameter))),
    }),
  };
}

/** The drivers accept neither `undefined` nor, with Drizzle, objects as JSON. */
function toParameter(value: unknown): unknown {
  if (value === undefined) return null;
  const isPlain =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  return isPlain ? JSON.stringify(value) : value;
}
