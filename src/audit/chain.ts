import type { Database } from '../platform/database.js';
import type { JobDefinition } from '../platform/jobs.js';
import type { Log } from '../platform/log.js';
import { ChainStore } from './chain.store.js';
import { pruneAudit } from './prune-audit.js';
import { type ChainDeps, type OnProgress, sealAudit } from './seal-audit.js';
import { type Link, Seals } from './seals.js';
import { type AuditReport, verifyAudit } from './verify-audit.js';

/** The chain of seals over the audit log, by which later changes to it show. */
export class AuditChain {
  readonly #deps: ChainDeps;
  readonly #log: Log;

  constructor(db: Database, secrets: readonly string[], log: Log) {
    this.#deps = { store: new ChainStore(db), seals: new Seals(secrets) };
    this.#log = log;
  }

  /**
   * Seals what can be sealed. The log line with the chain's end is for keeping elsewhere: held against the
   * database later, it shows whether the end was cut off.
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

  readonly job: JobDefinition = {
    name: 'audit-seals',
    schedule: '* * * * *',
    run: async () => {
      await this.seal();
    },
  };
}

/** A link as people pass it on: the event's id and its seal. */
export function printLink({ eventId, seal }: Link): string {
  return `${eventId}:${seal.toString('hex')}`;
}

export function parseLink(text: string): Link | undefined {
  const [, id, seal] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(text) ?? [];
  return id === undefined || seal === undefined
    ? undefined
    : { eventId: BigInt(id), seal: Buffer.from(seal, 'hex') };
}
