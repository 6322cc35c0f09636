import { createHash } from 'node:crypto';
import { and, desc, eq, lt, notInArray, sql } from 'drizzle-orm';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { knownDevices } from './lockout.table.js';

/** An unused device is forgotten after this many days. */
export const DEVICE_DAYS = 365;

/** The most known devices of a user. */
const MAX_DEVICES = 20;

export class KnownDeviceStore {
  constructor(readonly db: Database) {}

  /** The hash of a device if it has signed in to the account before. */
  async find(userId: string, deviceId: string): Promise<Buffer | undefined> {
    const [known] = await this.db
      .select({ hash: knownDevices.deviceHash })
      .from(knownDevices)
      .where(and(eq(knownDevices.userId, userId), eq(knownDevices.deviceHash, hashOfDevice(deviceId))));
    return known?.hash;
  }

  /** The hashes of the known devices of an account. */
  async list(tx: Database, userId: string): Promise<Buffer[]> {
    const rows = await tx
      .select({ hash: knownDevices.deviceHash })
      .from(knownDevices)
      .where(eq(knownDevices.userId, userId));
    return rows.map((row) => Buffer.from(row.hash));
  }

  /** Remembers a device. Above the limit, forgets the least recently used devices. */
  async remember(tx: Database, userId: string, deviceId: string): Promise<void> {
    const deviceHash = hashOfDevice(deviceId);
    await tx
      .insert(knownDevices)
      .values({ userId, deviceHash })
      .onConflictDoUpdate({
        target: [knownDevices.userId, knownDevices.deviceHash],
        set: { lastUsedAt: sql`now()` },
      });
    const kept = tx
      .select({ hash: knownDevices.deviceHash })
      .from(knownDevices)
      .where(eq(knownDevices.userId, userId))
      .orderBy(desc(eq(knownDevices.deviceHash, deviceHash)), desc(knownDevices.lastUsedAt))
      .limit(MAX_DEVICES);
    await tx
      .delete(knownDevices)
      .where(and(eq(knownDevices.userId, userId), notInArray(knownDevices.deviceHash, kept)));
  }

  /** Forgets every device of an account. */
  async forget(tx: Database, userId: string): Promise<void> {
    await tx.delete(knownDevices).where(eq(knownDevices.userId, userId));
  }

  async deleteOld(): Promise<void> {
    const isOld = lt(knownDevices.lastUsedAt, sql`now() - make_interval(days => ${DEVICE_DAYS})`);
    await deleteInBatches(this.db, knownDevices, isOld);
  }
}

function hashOfDevice(deviceId: string): Buffer {
  return createHash('sha256').update(deviceId).digest();
}
