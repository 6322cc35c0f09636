import { asc, getTableColumns, sql } from 'drizzle-orm';
import { type Database, takeLock } from '../../platform/database.js';
import { AdvisoryLock } from '../../platform/locks.js';
import { signingKeys } from './signing-key.table.js';

type StoredKey = typeof signingKeys.$inferSelect;

export interface SigningKeyRow extends StoredKey {
  /** Time since the key began to sign, by the database's clock. Negative if it does not sign yet. */
  readonly signsForSeconds: number;
}

export class SigningKeyStore {
  constructor(readonly db: Database) {}

  /** Oldest first. */
  list(db = this.db): Promise<SigningKeyRow[]> {
    const signsForSeconds = sql<number>`extract(epoch FROM now() - ${signingKeys.signsFrom})::double precision`;
    return db
      .select({ ...getTableColumns(signingKeys), signsForSeconds })
      .from(signingKeys)
      .orderBy(asc(signingKeys.signsFrom), asc(signingKeys.kid));
  }

  /** Runs `work` in a transaction that excludes other nodes from changing the keys. */
  withLock<T>(work: (tx: Database) => Promise<T>): Promise<T> {
    return this.db.transaction(async (tx) => {
      await takeLock(tx, AdvisoryLock.SIGNING_KEYS);
      return work(tx);
    });
  }

  async insert(
    tx: Database,
    key: Omit<StoredKey, 'createdAt' | 'signsFrom'>,
    delaySeconds: number,
  ): Promise<void> {
    await tx
      .insert(signingKeys)
      .values({ ...key, signsFrom: sql`now() + make_interval(secs => ${delaySeconds})` });
  }

  /** Deletes keys whose successor has been signing for `afterSeconds`: their last token has expired. */
  async deleteRetired(tx: Database, afterSeconds: number): Promise<void> {
    await tx.delete(signingKeys).where(
      sql`EXISTS (SELECT FROM ${signingKeys} AS successor
          WHERE successor.signs_from > ${signingKeys.signsFrom}
            AND successor.signs_from < now() - make_interval(secs => ${afterSeconds}))`,
    );
  }
}
