import { sql } from 'drizzle-orm';
import { bigint, customType, index, pgEnum, pgTable, timestamp, uuid } from 'drizzle-orm/pg-core';
import { SESSION_END_REASONS } from './session-end-reason.js';

export const sessionEndReason = pgEnum('session_end_reason', SESSION_END_REASONS);

const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });

/**
 * The ends of sessions, append-only. A trigger on `sessions` writes the row in the transaction that ends the
 * session, whichever statement does that, so no end can be forgotten. `SessionEndTail` reads them.
 */
export const sessionEnds = pgTable(
  'session_ends',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    /** The transaction that ended the session: the order of commits is not that of ids or times. */
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    sessionId: uuid().notNull(),
    userId: uuid().notNull(),
    reason: sessionEndReason().notNull(),
    endedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    // The tail reads what is newer than its last snapshot.
    index('session_ends_xid').on(table.xid),
    // The maintenance that removes old rows.
    index('session_ends_ended_at').on(table.endedAt),
  ],
);
