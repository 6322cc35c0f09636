import type { Sql } from 'postgres';
import { codesOf, isTemporaryDatabaseError } from './database.js';
import type { Log } from './log.js';
import type { PostgresPool } from './postgres-pool.js';
import { type PrimaryPositions, parsePosition } from './replication-lag.js';
import { TimeoutError, withTimeout } from './with-timeout.js';

/** A replica that does not answer for this long is not read from. */
export const CHECK_TIMEOUT_MS = 1000;
/** For the first connection. */
const PREPARE_TIMEOUT_MS = 5000;
/** A statement was cancelled, because it conflicted with the replay of the log, or took too long. */
const OF_ONE_STATEMENT = ['40001', '57014'];

/** What both servers must have in common. The identifier is made by `initdb`, and copied to replicas. */
const IDENTITY = `current_database() || ' ' || (SELECT system_identifier FROM pg_control_system())`;

export const PRIMARY_STATE = `SELECT pg_current_wal_lsn()::text AS position, ${IDENTITY} AS identity`;
const REPLICA_STATE = `SELECT pg_last_wal_replay_lsn()::text AS position, ${IDENTITY} AS identity,
  pg_is_in_recovery() AS "isReplica"`;

interface State {
  readonly position: string | null;
  readonly identity: string;
  readonly isReplica: boolean;
}

export interface ReplicaDeps {
  /** Host and port, for the log and the metrics. */
  readonly name: string;
  /** For reads. */
  readonly pool: PostgresPool;
  /** A connection for checks, so that slow reads do not delay them. */
  readonly checks: PostgresPool;
  /** Bounds and cancels statements on `pool`. */
  readonly client: Sql;
  /** Checks once what cannot change: whether a pooler is in between, and its settings. */
  prepare(): Promise<string | undefined>;
  readonly log: Log;
}

/** A read replica, and how far it is behind. */
export class Replica {
  /** Why it is not used; undefined if it is. */
  #fault: string | undefined;
  /** Every commit before this time, by `performance.now()`, is on the replica. */
  #caughtUpTo = Number.NEGATIVE_INFINITY;
  readonly #createdAt = performance.now();
  #isPrepared = false;
  #isClosed = false;
  #isReported = false;
  readonly #running = new Set<(error: unknown) => void>();

  constructor(readonly deps: ReplicaDeps) {}

  /** How far it is behind, in seconds, at most. Grows while it is not known to catch up. */
  get lagSeconds(): number {
    return (performance.now() - Math.max(this.#caughtUpTo, this.#createdAt)) / 1000;
  }

  /** @param since every commit before this time must be on the replica, by `performance.now()` */
  isUsable(since: number): boolean {
    return this.#fault === undefined && this.#caughtUpTo >= since;
  }

  /** Runs a read. It rejects as soon as a check shows that the replica does not answer. */
  run<T>(read: (client: Sql) => PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#running.add(reject);
      Promise.resolve(read(this.deps.client))
        .then(resolve, reject)
        .finally(() => this.#running.delete(reject));
    }).catch((error) => {
      const isOfStatement = codesOf(error).some((code) => OF_ONE_STATEMENT.includes(code));
      if (isTemporaryDatabaseError(error) && !isOfStatement) this.#lose(error);
      throw error;
    });
  }

  /**
   * Asks the replica for its state.
   * @param identity of the primary; undefined as long as there are no positions
   * @param maxLagMs only decides what is logged
   */
  async check(positions: PrimaryPositions, identity: string | undefined, maxLagMs: number): Promise<void> {
    try {
      const fault =
        (await this.#prepare()) ??
        (await withTimeout(CHECK_TIMEOUT_MS, this.#findFault(positions, identity)));
      this.#fault = fault;
      this.#report(fault ?? (this.lagSeconds * 1000 > maxLagMs ? 'is too far behind' : undefined));
    } catch (error) {
      this.#lose(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.deps.pool.close(), this.deps.checks.close()]);
  }

  async #prepare(): Promise<string | undefined> {
    if (this.#isPrepared) return undefined;
    const fault = await withTimeout(PREPARE_TIMEOUT_MS, this.deps.prepare());
    this.#isPrepared = fault === undefined;
    return fault;
  }

  async #findFault(positions: PrimaryPositions, identity: string | undefined): Promise<string | undefined> {
    const [state] = (await this.deps.checks.client.unsafe(REPLICA_STATE)) as unknown as State[];
    if (state?.position == null || !state.isReplica) return 'is not a replica';
    if (identity !== undefined && state.identity !== identity) return 'is a replica of another database';
    this.#caughtUpTo = positions.caughtUpTo(parsePosition(state.position)) ?? this.#caughtUpTo;
    return undefined;
  }

  #lose(error: unknown): void {
    const { pool, checks } = this.deps;
    for (const one of [pool, checks]) one.replaceIfUnusable(error);
    this.#fault = 'does not answer';
    this.#report(this.#fault, error);
    for (const reject of this.#running) reject(new TimeoutError('the read replica does not answer'));
  }

  #report(fault: string | undefined, error?: unknown): void {
    if (this.#isClosed) return;
    const { name, log } = this.deps;
    if (fault === undefined && this.#isReported) log.info({ replica: name }, 'a read replica is used again');
    if (fault !== undefined && !this.#isReported)
      log.warn(
        { replica: name, reason: fault, err: error },
        'a read replica is not used (DATABASE_REPLICA_URLS)',
      );
    this.#isReported = fault !== undefined;
  }
}
