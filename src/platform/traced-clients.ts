import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { Sql } from 'postgres';
import type { SpanOptions, Tracer } from './tracer.js';

/**
 * Spans of statements and transactions. They name the operation and the table. The text of the statement is left out,
 * because nothing enforces that it contains no values.
 */

const SYSTEM = { 'db.system.name': 'postgresql' } as const;
const TRANSACTION: SpanOptions = { kind: 'client', attributes: SYSTEM };

interface StatementSpan {
  readonly name: string;
  readonly options: SpanOptions;
}

const OPERATION = /\b(select|insert|update|delete)\b/i;
/** Drizzle quotes tables, pg-boss does not. The last group is the character after the name. */
const TABLE = /\b(?:from|into|update)\s+"?([a-z_.]+)"?(.?)/gis;

/** The lists of an IN make several texts of one statement. */
const MAX_KNOWN_TEXTS = 2000;

/** Reads each text once, because a statement recurs. */
class StatementNames {
  readonly #known = new Map<string, StatementSpan>();

  of(text: string): StatementSpan {
    let known = this.#known.get(text);
    if (known === undefined) {
      known = describe(text);
      if (this.#known.size >= MAX_KNOWN_TEXTS) this.#known.clear();
      this.#known.set(text, known);
    }
    return known;
  }
}

function describe(text: string): StatementSpan {
  const operation = OPERATION.exec(text)?.[1]?.toUpperCase() ?? 'statement';
  const table = tableOf(text);
  return {
    name: table === undefined ? operation : `${operation} ${table}`,
    options: {
      kind: 'client',
      attributes: {
        ...SYSTEM,
        'db.operation.name': operation,
        ...(table !== undefined && { 'db.collection.name': table }),
      },
    },
  };
}

function tableOf(text: string): string | undefined {
  for (const [, name, next = ''] of text.matchAll(TABLE)) {
    // A function, or a column of a table as in `extract(epoch from …)`, is no table.
    if (!/[\w("'.$]/.test(next)) return name;
  }
  return undefined;
}

/** The part of a postgres.js client that Drizzle uses, with spans. */
export function tracedPostgres(client: Sql, tracer: Tracer): Sql {
  return tracer.isOn ? tracedSql(client, tracer, new StatementNames()) : client;
}

function tracedSql(client: Sql, tracer: Tracer, names: StatementNames): Sql {
  const within = (work: (tx: Sql) => Promise<unknown>) => (tx: unknown) =>
    work(tracedSql(tx as Sql, tracer, names));
  const transactions = client as unknown as Record<'begin' | 'savepoint', Nested>;
  const traced = {
    get options() {
      return client.options;
    },
    unsafe(text: string, ...rest: never[]) {
      // The query starts when it is awaited.
      const query = client.unsafe(text, ...rest);
      const { name, options } = names.of(text);
      const run = (start: () => PromiseLike<unknown>) => tracer.span(name, options, async () => start());
      return {
        // biome-ignore lint/suspicious/noThenProperty: stands for the driver's own thenable query
        then: (done: never, failed: never) => run(() => query).then(done, failed),
        values: () => run(() => query.values()),
      };
    },
    begin: (work: never) => tracer.span('transaction', TRANSACTION, () => transactions.begin(within(work))),
    savepoint: (work: never) => transactions.savepoint(within(work)),
  };
  return traced as unknown as Sql;
}

type Nested = (work: (tx: unknown) => Promise<unknown>) => Promise<unknown>;

/** The part of PGlite that Drizzle uses, with spans. */
export function tracedPglite(client: PGlite, tracer: Tracer): PGlite {
  if (!tracer.isOn) return client;
  const names = new StatementNames();
  const traced = (queries: Pick<PGlite, 'query'>): PGlite['query'] => {
    return (text, ...rest) => {
      const { name, options } = names.of(text);
      return tracer.span(name, options, () => queries.query(text, ...rest));
    };
  };
  const transaction: PGlite['transaction'] = (work) =>
    tracer.span('transaction', TRANSACTION, () =>
      client.transaction((tx) => work(new Proxy(tx, { get: (target, key) => member(target, key) }))),
    );
  const member = (tx: Transaction, key: string | symbol) => {
    if (key === 'query') return traced(tx);
    const value: unknown = Reflect.get(tx, key);
    return typeof value === 'function' ? value.bind(tx) : value;
  };
  return { query: traced(client), transaction } as unknown as PGlite;
}
