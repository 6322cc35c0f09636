import { type Database, isDatabaseUnavailable, placeholders, rowsOf } from './database.js';
import type { Log } from './log.js';
import type { QueueConnection } from './queue-connection.js';

type Result = { rows: never[] };

/** What pg-boss takes as its database. */
export interface Statements {
  executeSql(text: string, values?: unknown[]): Promise<Result>;
}

/** pg-boss sends a transaction of its own as one text. */
const MAINTENANCE = /^\s*BEGIN;(.*)COMMIT;\s*$/s;

/** Pauses between attempts while the database is unavailable (ms); they double. */
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
   * Statements wait for an unavailable database. If "completed" got lost in an outage, a mail would be sent twice.
   * Maintenance does not wait: it is repeated anyway, and another node may hold its lock.
   */
  async executeSql(text: string, values: unknown[] = []): Promise<Result> {
    // pg-boss leaves promises behind that nobody awaits, so do not reject.
    if (this.#isClosed) return new Promise(() => {});
    const maintenance = MAINTENANCE.exec(text)?.[1];
    if (maintenance !== undefined) {
      await this.connection.transaction(maintenance);
      return { rows: [] };
    }
    for (let pause = MIN_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      try {
        const result = await this.connection.run((db) => statementsOf(db).executeSql(text, values));
        if (this.#isWaiting) this.log.info('the database is available to the job queue again');
        this.#isWaiting = false;
        return result;
      } catch (error) {
        if (!isDatabaseUnavailable(error) || !this.#mayWait) throw error;
        if (!this.#isWaiting) this.log.warn({ err: error }, 'the job queue waits for the database');
        this.#isWaiting = true;
        await new Promise((done) => setTimeout(done, pause).unref());
      }
    }
  }

  /** The same for statements whose errors pg-boss keeps to itself. */
  readonly reporting: Statements = {
    executeSql: (text, values) =>
      this.executeSql(text, values).catch((error) => {
        this.report(error);
        throw error;
      }),
  };

  report(error: unknown): void {
    if (!this.#mayWait) return;
    if (isDatabaseUnavailable(error))
      this.log.warn({ err: error }, 'a statement of the job queue was put off');
    else this.log.error({ err: error }, 'the job queue failed');
  }

  /** From now on, statements fail at once if the database is unavailable, and failures are not logged. */
  stopWaiting(): void {
    this.#mayWait = false;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.connection.close();
  }
}

/** Statements with `$1` placeholders on any `Database`, a caller's transaction included. */
export function statementsOf(db: Database): Statements {
  return {
    executeSql: async (text, values = []) => ({
      rows: await rowsOf<never>(db, placeholders(text, values.map(toParameter))),
    }),
  };
}

/** The drivers take neither `undefined` nor, under Drizzle, plain objects for JSON. */
function toParameter(value: unknown): unknown {
  if (value === undefined) return null;
  const isPlain =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  return isPlain ? JSON.stringify(value) : value;
}
