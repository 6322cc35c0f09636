import type { Sql, TransactionSql } from 'postgres';
import { within } from './within.js';

type Client = Sql | TransactionSql;

/**
 * What Drizzle uses of a postgres.js client, with two things added: every statement is prepared once a
 * connection (one round trip instead of two), and a server that hangs fails the statement after
 * `milliseconds` instead of never, since a frozen server cannot enforce its own timeout.
 */
export function boundedClient(client: Client, milliseconds: number): Sql {
  const limit = <T>(work: PromiseLike<T>) => within(milliseconds, Promise.resolve(work));
  const bounded = {
    options: (client as Sql).options,
    unsafe(text: string, parameters: never[]) {
      const query = client.unsafe(text, parameters, { prepare: true });
      // Drizzle either awaits the query, or calls values() and awaits that.
      return {
        // biome-ignore lint/suspicious/noThenProperty: stands for the driver's own thenable query
        then: (done: never, failed: never) => limit(query).then(done, failed),
        values: () => limit(query.values()),
      };
    },
    begin: (work: (tx: Sql) => Promise<unknown>) =>
      limit((client as Sql).begin((tx) => work(boundedClient(tx, milliseconds)))),
    savepoint: (work: (tx: Sql) => Promise<unknown>) =>
      (client as TransactionSql).savepoint((tx) => work(boundedClient(tx, milliseconds))),
  };
  return bounded as unknown as Sql;
}
