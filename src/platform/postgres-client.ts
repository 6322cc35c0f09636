import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, TransactionSql } from 'postgres';
import { codesOf, isConnectionLoss } from './database.js';
import type { PostgresPool } from './postgres-pool.js';
import { TimeoutError } from './with-timeout.js';

/** How long after the server's own statement timeout we cancel a statement (ms). */
const CANCEL_AFTER_MS = 250;
/** How long after that we give up on its answer (ms): the server is frozen or cut off. */
const GIVE_UP_AFTER_MS = 1250;
/** How often a transaction runs again after a deadlock or a serialization failure. */
const MAX_ATTEMPTS = 6;
const RETRY_PAUSE_MS = 20;

type Query = PromiseLike<unknown> & { values(): PromiseLike<unknown> };

/**
 * The part of a postgres.js client that Drizzle uses, with four additions:
 *
 * - Every statement is prepared once per connection: one round trip instead of two.
 * - A statement or transaction that takes too long is cancelled, and the caller gets its real outcome if the
 *   server still tells it. An operation that the caller was told has failed does not commit later.
 * - Deadlocks (40P01) and serialization failures (40001) are retried.
 * - Connections to a server that has become read-only, or does not answer, are replaced.
 */
export function boundedClient(pool: PostgresPool, timeoutMs: number): Sql {
  const bounded = {
    get options() {
      return pool.client.options;
    },
    unsafe: (text: string, parameters: never[]) =>
      lazyQuery((values) =>
        retrying(timeoutMs, (deadline) => {
          const query = pool.client.unsafe(text, parameters, { prepare: true });
          return settle(pool, deadline, values ? query.values() : query, () => cancel(query));
        }),
      ),
    begin: (work: (tx: Sql) => Promise<unknown>) =>
      retrying(timeoutMs, (deadline) => runTransaction(pool, deadline, work)),
  };
  return bounded as unknown as Sql;
}

async function runTransaction(
  pool: PostgresPool,
  deadline: number,
  work: (tx: Sql) => Promise<unknown>,
): Promise<unknown> {
  let running: unknown;
  let isCommitting = false;
  let isOver = false;
  const refuseIfOver = () => {
    if (isOver) throw new TimeoutError('the transaction took too long');
  };
  const transaction = begin(pool.client, async (tx) => {
    refuseIfOver();
    const result = await work(
      transactionClient(tx, (query) => {
        refuseIfOver();
        running = query;
      }),
    );
    // The caller may have its answer already: then this must roll back.
    refuseIfOver();
    isCommitting = true;
    return result;
  });
  // Whatever `work` still does after that must not reach the connection, which may be lost.
  transaction.catch(() => {
    isOver = true;
  });
  return settle(pool, deadline, transaction, () => {
    // Once COMMIT is sent it is too late to cancel: only its outcome counts.
    if (isCommitting) return;
    isOver = true;
    if (running !== undefined) cancel(running);
  });
}

/**
 * The driver's `begin`, but safe if the connection is lost: the driver then still sends ROLLBACK, to an object that
 * has no socket any more (an exception that nobody can catch) or that leads to a new connection with somebody else's
 * transaction. So a transaction whose connection is lost never reports back to the driver, which rejects by itself.
 */
export function begin<T>(client: Sql, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  let isLost = false;
  const transaction = client.begin(async (tx) => {
    try {
      const result = await work(tx);
      if (!isLost) return result;
    } catch (error) {
      if (!isLost && !isConnectionLoss(error)) throw error;
    }
    return new Promise<never>(() => {});
  }) as Promise<T>;
  transaction.catch(() => {
    isLost = true;
  });
  return transaction;
}

/** The same within a transaction, where the whole transaction is timed rather than each statement. */
function transactionClient(tx: TransactionSql, onQuery: (query: unknown) => void): Sql {
  const client = {
    options: (tx as unknown as Sql).options,
    unsafe: (text: string, parameters: never[]) => {
      const query = tx.unsafe(text, parameters, { prepare: true });
      return lazyQuery(async (values) => {
        onQuery(query);
        return await (values ? query.values() : query);
      });
    },
    savepoint: (work: (tx: Sql) => Promise<unknown>) =>
      tx.savepoint((nested) => work(transactionClient(nested, onQuery))),
  };
  return client as unknown as Sql;
}

/** Drizzle either awaits a query, or calls `values()` and awaits that. */
function lazyQuery(run: (values: boolean) => Promise<unknown>): Query {
  return {
    // biome-ignore lint/suspicious/noThenProperty: stands for the driver's own thenable query
    then: (done, failed) => run(false).then(done, failed),
    values: () => run(true),
  };
}

/**
 * Waits for an outcome: cancels at the deadline, and gives up if the server does not even answer that.
 * @throws TimeoutError if the outcome is unknown or the work was refused for its length
 */
function settle<T>(
  pool: PostgresPool,
  deadline: number,
  work: PromiseLike<T>,
  cancelWork: () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancelIn = Math.max(0, deadline - performance.now()) + CANCEL_AFTER_MS;
    const canceller = setTimeout(cancelWork, cancelIn);
    const giveUp = setTimeout(() => {
      const error = new TimeoutError('the database did not answer in time');
      pool.replaceIfUnusable(error);
      reject(error);
    }, cancelIn + GIVE_UP_AFTER_MS);
    const stop = () => {
      clearTimeout(canceller);
      clearTimeout(giveUp);
    };
    work.then(
      (result) => {
        stop();
        resolve(result);
      },
      (error: unknown) => {
        stop();
        if (!(error instanceof TimeoutError)) pool.replaceIfUnusable(error);
        reject(error);
      },
    );
  });
}

/** Runs `attempt` again after a deadlock or serialization failure: the server has rolled it back as a whole. */
async function retrying<T>(timeoutMs: number, attempt: (deadline: number) => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let count = 1; ; count += 1) {
    try {
      return await attempt(deadline);
    } catch (error) {
      if (count >= MAX_ATTEMPTS || performance.now() > deadline || !isRetryable(error)) throw error;
    }
    await sleep(RETRY_PAUSE_MS * count * (0.5 + Math.random()));
  }
}

function isRetryable(error: unknown): boolean {
  return codesOf(error).some((code) => code === '40001' || code === '40P01');
}

/**
 * Removes a query from the driver's queue, or asks the server to cancel it. The query itself then rejects. The
 * driver's public `cancel()` drops the promise of the request, whose rejection nobody could handle.
 */
function cancel(query: unknown): void {
  const { canceller } = query as { canceller: ((query: unknown) => Promise<unknown>) | null };
  canceller?.(query).catch(() => {});
}
