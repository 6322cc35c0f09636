import type { Database } from '../platform/database.js';
import type { JobDefinition, MaintenanceTask } from '../platform/jobs.js';
import type { Log } from '../platform/log.js';
import { ChainStore } from './chain.store.js';
import { countAudit } from './count-audit.js';
import { makePartitions } from './month.store.js';
import { pruneAudit } from './prune-audit.js';
import { type ChainDeps, type OnProgress, sealAudit } from './seal-audit.js';
import { type Link, Seals } from './seals.js';
import { type AuditReport, verifyAudit } from './verify-audit.js';

/** The chain of seals over the audit log, which shows later changes to it. */
export class AuditChain {
  readonly #deps: ChainDeps;
  readonly #log: Log;

  constructor(db: Database, secrets: readonly string[], log: Log) {
    this.#deps = { store: new ChainStore(db), seals: new Seals(secrets) };
    this.#log = log;
  }

  /**
   * Seals new events. Keep the log line with the end of the chain outside of the database: `audit verify` compares it with
   * the database, and shows whether events were removed from the end.
   */
  async seal(onProgress?: OnProgress): Promise<number> {
    const { count, end } = await sealAudit(this.#deps, onProgress);
    if (count > 0 && end !== undefined) {
      this.#log.info({ rows: count, end: printLink(end) }, 'audit log sealed');
    }
    return count;
  }

  verify(witness?: Link, onProgress?: OnProgress): Promise<AuditReport> {
    return verifyAudit(this.#deps, witness, onProgress);
  }

  prune(days: number): Promise<number> {
    return pruneAudit(this.#deps, days);
  }

  /** Makes the partitions of this month and of the next ones. Without them, the default partition gets the rows. */
  readonly partitions: MaintenanceTask = {
    name: 'partitions of the audit log',
    run: () => this.#deps.store.exclusively(makePartitions),
  };

  /** At the start, because the gateway may have been off for months. If it fails, the default partition gets the rows. */
  async startPartitions(): Promise<void> {
    await this.partitions
      .run()
      .catch((error) =>
        this.#log.error({ err: error, task: this.partitions.name }, 'maintenance task failed'),
      );
  }

  readonly job: JobDefinition = {
    name: 'audit-seals',
    schedule: '* * * * *',
    run: async () => {
      await this.seal();
      await countAudit(this.#deps);
    },
  };
}

/** The text form of a link: the event id and the seal. */
export function printLink({ eventId, seal }: Link): string {
  return `${eventId}:${seal.toString('hex')}`;
}

export function parseLink(text: string): Link | undefined {
  const [, id, seal] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(text) ?? [];
  return id === undefined || seal === undefined
    ? undefined
    : { eventId: BigInt(id), seal: Buffer.from(seal, 'hex') };
}
