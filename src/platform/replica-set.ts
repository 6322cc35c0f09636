import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { Counter, Gauge } from 'prom-client';
import { codesOf, type Database, queryRows } from './database.js';
import type { Metrics } from './metrics.js';
import { lazyQuery } from './postgres-client.js';
import { PRIMARY_STATE, type Replica } from './replica.js';
import { PrimaryPositions, parsePosition } from './replication-lag.js';

/** A replica that may be further behind is not read from. */
const MAX_LAG_MS = 10_000;
const CHECK_INTERVAL_MS = 1000;

/** Chooses between the read replicas and the primary. */
export class ReplicaSet {
  readonly #positions = new PrimaryPositions(MAX_LAG_MS);
  #identity: string | undefined;
  /** Replicas must have every commit before this time, by `performance.now()`. */
  #wroteAt = Number.NEGATIVE_INFINITY;
  #next = 0;
  #isClosed = false;

  constructor(
    readonly replicas: readonly Replica[],
    readonly primary: Database,
    readonly metrics: ReturnType<typeof replicaMetrics>,
  ) {}

  /** Checks all servers now and then every second. Until the first checks are over, the primary is read. */
  start(): void {
    // Without positions the replicas count as behind. Other log lines tell that the primary does not answer.
    void this.#repeat(() => this.#askPrimary().catch(() => {}));
    for (const replica of this.replicas) void this.#repeat(() => this.#check(replica));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.replicas.map((replica) => replica.close()));
  }

  /**
   * A client for reads that may be up to `MAX_LAG_MS` old. If a replica fails, the primary is read at once.
   * @param primary the client of the primary
   */
  reader(primary: Sql): Sql {
    const read = <T>(work: (client: Sql) => PromiseLike<T>) => this.#read(primary, work);
    const client = {
      get options() {
        return primary.options;
      },
      unsafe: (text: string, parameters: never[]) =>
        lazyQuery((values) =>
          read((one) => {
            const query = one.unsafe(text, parameters);
            return values ? query.values() : query;
          }),
        ),
      begin: (work: (tx: Sql) => Promise<unknown>) => read((one) => one.begin(work as never)),
    };
    return client as unknown as Sql;
  }

  /** The client of the primary. Records when a transaction ends, so that no replica from before is read. */
  writer(primary: Sql): Sql {
    const client = {
      get options() {
        return primary.options;
      },
      unsafe: (text: string, parameters: never[]) => primary.unsafe(text, parameters),
      begin: (work: never) =>
        (primary.begin(work) as Promise<unknown>).finally(() => {
          this.#wroteAt = performance.now();
        }),
    };
    return client as unknown as Sql;
  }

  async #read<T>(primary: Sql, work: (client: Sql) => PromiseLike<T>): Promise<T> {
    const replica = this.#choose();
    if (replica !== undefined) {
      try {
        const result = await replica.run(work);
        this.metrics.reads.inc({ source: replica.deps.name });
        return result;
      } catch (error) {
        // It took too long. It would on the primary, too.
        if (codesOf(error).includes('57014')) throw error;
      }
    }
    this.metrics.reads.inc({ source: 'primary' });
    return work(primary);
  }

  #choose(): Replica | undefined {
    const since = Math.max(performance.now() - MAX_LAG_MS, this.#wroteAt);
    const usable = this.replicas.filter((replica) => replica.isUsable(since));
    this.#next += 1;
    return usable[this.#next % usable.length];
  }

  async #repeat(work: () => Promise<void>): Promise<void> {
    while (!this.#isClosed) {
      await work();
      await sleep(CHECK_INTERVAL_MS, undefined, { ref: false });
    }
  }

  async #check(replica: Replica): Promise<void> {
    await replica.check(this.#positions, this.#identity, MAX_LAG_MS);
    this.metrics.lag.set({ replica: replica.deps.name }, replica.lagSeconds);
  }

  async #askPrimary(): Promise<void> {
    const sentAt = performance.now();
    const [state] = await queryRows<{ position: string; identity: string }>(
      this.primary,
      sql.raw(PRIMARY_STATE),
    );
    if (state === undefined) return;
    this.#identity = state.identity;
    this.#positions.add(parsePosition(state.position), sentAt);
  }
}

export function replicaMetrics({ registry }: Metrics) {
  return {
    reads: new Counter({
      name: 'gatehouse_replica_reads_total',
      help: 'Reads that may go to a replica, by the server that answered.',
      labelNames: ['source'] as const,
      registers: [registry],
    }),
    lag: new Gauge({
      name: 'gatehouse_replica_lag_seconds',
      help: 'Upper bound of the lag of a read replica, in seconds.',
      labelNames: ['replica'] as const,
      registers: [registry],
    }),
  };
}
