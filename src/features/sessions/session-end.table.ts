import { sql } from 'drizzle-orm';
import { bigint, customType, index, pgEnum, pgTable, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../../platform/columns.js';
import { SESSION_END_REASONS } from './session-end-reason.js';

export const sessionEndReason = pgEnum('session_end_reason', SESSION_END_REASONS);

const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });

/**
 * The ends of sessions, append-only. A trigger on `sessions` writes the row in the transaction that ends the
 * session, for every statement that ends one, so that no end is missed. `SessionEndTail` reads the rows.
 */
export const sessionEnds = pgTable(
  'session_ends',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    /** The transaction that ended the session. Commits do not follow the order of ids or times. */
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    sessionId: uuid().notNull(),
    userId: uuid().notNull(),
    reason: sessionEndReason().notNull(),
    endedAt: timestamptz().notNull().defaultNow(),
  },
  (table) => [
    // `SessionEndTail` reads the rows that are newer than its last snapshot.
    index('session_ends_xid').on(table.xid),
    // The maintenance task that deletes old rows.
    index('session_ends_ended_at').on(table.endedAt),
  ],
);
