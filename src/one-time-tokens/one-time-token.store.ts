import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { Database } from '../platform/database.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import { oneTimeTokens } from './one-time-token.table.js';
import { MINUTES, PREFIX, type Purpose } from './purpose.js';

type Payload = Readonly<Record<string, string>>;

export interface ConsumedToken {
  readonly userId: string;
  readonly payload: Payload | null;
}

/** Tokens of 256 random bits, kept as SHA-256, used once. */
export class OneTimeTokenStore {
  constructor(readonly db: Database) {}

  /**
   * Issues a token, which replaces the user's former one of this purpose.
   * @param options.stillborn writes a token that is used up already: the same work, for answers that must not
   *   tell by their time whether a token was issued
   * @returns the token itself, which is kept nowhere
   */
  async issue(
    tx: Database,
    purpose: Purpose,
    userId: string,
    options: { payload?: Payload; stillborn?: boolean } = {},
  ): Promise<string> {
    const token = PREFIX[purpose] + randomBytes(32).toString('base64url');
    const values = {
      hash: sha256(token),
      payload: options.payload ?? null,
      expiresAt: sql`now() + make_interval(mins => ${MINUTES[purpose]})`,
      usedAt: options.stillborn === true ? sql`now()` : null,
    };
    await tx
      .insert(oneTimeTokens)
      .values({ userId, purpose, ...values })
      .onConflictDoUpdate({
        target: [oneTimeTokens.userId, oneTimeTokens.purpose],
        set: { ...values, createdAt: sql`now()` },
      });
    return token;
  }

  /**
   * Uses a token up, in one statement, so that of many at once one succeeds (ASVS 15.4.2).
   * @throws AuthError TOKEN_INVALID where it is unknown, malformed, expired, used or of another purpose
   */
  async consumeOnce(tx: Database, purpose: Purpose, token: string): Promise<ConsumedToken> {
    if (!hasForm(token, purpose)) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    const [row] = await tx
      .update(oneTimeTokens)
      .set({ usedAt: sql`now()` })
      .where(
        and(
          eq(oneTimeTokens.hash, sha256(token)),
          eq(oneTimeTokens.purpose, purpose),
          isNull(oneTimeTokens.usedAt),
          gt(oneTimeTokens.expiresAt, sql`now()`),
        ),
      )
      .returning({ userId: oneTimeTokens.userId, payload: oneTimeTokens.payload });
    if (row === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    return row;
  }

  /** Voids every outstanding token of these users. */
  async voidAll(tx: Database, userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    await tx
      .update(oneTimeTokens)
      .set({ usedAt: sql`now()` })
      .where(and(inArray(oneTimeTokens.userId, [...userIds]), isNull(oneTimeTokens.usedAt)));
  }

  async deleteExpired(): Promise<void> {
    await this.db.delete(oneTimeTokens).where(lt(oneTimeTokens.expiresAt, sql`now()`));
  }
}

function hasForm(token: string, purpose: Purpose): boolean {
  return token.startsWith(PREFIX[purpose]) && /^[A-Za-z0-9_-]{43}$/.test(token.slice(PREFIX[purpose].length));
}

/** 256 random bits need no slow hash: nobody can guess their way back (ASVS 11.4.2 speaks of passwords). */
function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
