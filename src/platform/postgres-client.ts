import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, TransactionSql } from 'postgres';
import { codesOf, isConnectionLoss } from './database.js';
import type { PostgresPool } from './postgres-pool.js';
import { TimeoutError } from './with-timeout.js';

/** We cancel a statement this long after the server's own statement timeout. */
const CANCEL_AFTER_MS = 250;
/** After this long without an answer to the cancellation, the server is frozen or cut off. */
const GIVE_UP_AFTER_MS = 1250;
/** Attempts of a transaction if deadlocks or serialization failures occur. */
const MAX_ATTEMPTS = 6;
const RETRY_PAUSE_MS = 20;

type Query = PromiseLike<unknown> & { values(): PromiseLike<unknown> };

/**
 * The part of a postgres.js client that Drizzle uses, with four additions:
 *
 * - It prepares each statement once for each connection: one round trip instead of two.
 * - It cancels a statement or transaction that takes too long. The caller gets the outcome that the server reports. If
 *   the caller gets a timeout instead, the transaction does not commit later, unless COMMIT was already sent.
 * - It retries deadlocks (40P01) and serialization failures (40001).
 * - It replaces connections to a server that has become read-only or does not answer.
 *
 * @param maxAttempts 1: no retries
 */
export function boundedClient(pool: PostgresPool, timeoutMs: number, maxAttempts = MAX_ATTEMPTS): Sql {
  const bounded = {
    get options() {
      return pool.client.options;
    },
    unsafe: (text: string, parameters: never[]) =>
      lazyQuery((values) =>
        retrying(timeoutMs, maxAttempts, (deadline) => {
          const query = pool.client.unsafe(text, parameters, { prepare: true });
          return settle(pool, deadline, values ? query.values() : query, () => cancel(query));
        }),
      ),
    begin: (work: (tx: Sql) => Promise<unknown>) =>
      retrying(timeoutMs, maxAttempts, (deadline) => runTransaction(pool, deadline, work)),
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
    // If the caller already got a timeout, roll back.
    refuseIfOver();
    isCommitting = true;
    return result;
  });
  // After this, `work` must not send anything to the connection, which may be lost.
  transaction.catch(() => {
    isOver = true;
  });
  return settle(pool, deadline, transaction, () => {
    // After COMMIT is sent, it is too late to cancel.
    if (isCommitting) return;
    isOver = true;
    if (running !== undefined) cancel(running);
  });
}

/**
 * The driver's `begin`, but safe if the connection is lost. The driver then still sends ROLLBACK: either to an object
 * without a socket, which throws where nobody can catch it, or to a new connection that may carry another transaction.
 * So if the connection is lost, the callback never settles. The driver rejects the transaction by itself.
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

/** The client within a transaction. The timeout applies to the transaction, not to each statement. */
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

/** Drizzle awaits either the query or its `values()`. Only that may start it. */
export function lazyQuery(run: (values: boolean) => Promise<unknown>): Query {
  return {
    // biome-ignore lint/suspicious/noThenProperty: stands for the driver's own thenable query
    then: (done, failed) => run(false).then(done, failed),
    values: () => run(true),
  };
}

/**
 * Waits for the outcome. Cancels at the deadline, and gives up if the server does not answer the cancellation.
 * @throws TimeoutError if the server does not answer, or the transaction took too long
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

/** Retries after a deadlock or serialization failure, which the server has rolled back. */
async function retrying<T>(
  timeoutMs: number,
  maxAttempts: number,
  attempt: (deadline: number) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let count = 1; ; count += 1) {
    try {
      return await attempt(deadline);
    } catch (error) {
      if (count >= maxAttempts || performance.now() > deadline || !isRetryable(error)) throw error;
    }
    await sleep(RETRY_PAUSE_MS * count * (0.5 + Math.random()));
  }
}

function isRetryable(error: unknown): boolean {
  return codesOf(error).some((code) => code === '40001' || code === '40P01');
}

/**
 * Removes a query from the driver's queue, or asks the server to cancel it. The query then rejects. The driver's public
 * `cancel()` drops the promise of the cancellation, whose rejection nobody could handle.
 */
function cancel(query: unknown): void {
  const { canceller } = query as { canceller: ((query: unknown) => Promise<unknown>) | null };
  canceller?.(query).catch(() => {});
}
