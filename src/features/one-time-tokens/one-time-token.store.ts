import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, inArray, isNull, lt, ne, type SQL, sql } from 'drizzle-orm';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Cipher } from '../../platform/keyring.js';
import { foldCase } from '../../platform/text.js';
import { folded, users } from '../accounts/user.table.js';
import { oneTimeTokens } from './one-time-token.table.js';
import { hasForm, MINUTES, PREFIX, type Purpose } from './purpose.js';

export type Payload = Readonly<Record<string, string>>;

/** How often somebody may come with a token that takes a code beside it. */
const MAX_TRIES = 5;

/** Tokens of rivals that one statement voids. */
const MAX_VOIDED = 1000;

interface IssueOptions {
  readonly payload?: Payload;
  readonly decoy?: boolean;
}

/** A verification token that was issued before, and can be redeemed for some time yet. */
export interface FormerToken {
  readonly token: string;
  readonly hoursLeft: number;
}

export interface IssuedToken {
  /** The token itself. */
  readonly token: string;
  readonly expiresAt: Date;
}

export interface ConsumedToken {
  readonly userId: string;
  readonly payload: Payload | null;
}

/** Tokens of 256 random bits, kept as SHA-256 (verification tokens also sealed), used once. */
export class OneTimeTokenStore {
  constructor(
    readonly db: Database,
    /** Seals verification tokens, so that the same link can be mailed again. */
    readonly cipher: Cipher,
  ) {}

  /**
   * Issues a token, which replaces the user's former one of this purpose.
   * @param options.decoy writes a token that is used up already: the same work, for answers that must not
   *   tell by their time whether a token was issued
   * @returns the token itself, of which the hash is kept
   */
  async issue(tx: Database, purpose: Purpose, userId: string, options: IssueOptions = {}): Promise<string> {
    return (await this.issueDated(tx, purpose, userId, options)).token;
  }

  /** The same, for those who also have to say until when the token lasts. */
  async issueDated(
    tx: Database,
    purpose: Purpose,
    userId: string,
    options: IssueOptions = {},
  ): Promise<IssuedToken> {
    const token = PREFIX[purpose] + randomBytes(32).toString('base64url');
    const values = {
      hash: sha256(token),
      payload: this.#seal(purpose, userId, token) ?? options.payload ?? null,
      expiresAt: sql`now() + make_interval(mins => ${MINUTES[purpose]})`,
      usedAt: options.decoy === true ? sql`now()` : null,
      tries: 0,
    };
    const [row] = await tx
      .insert(oneTimeTokens)
      .values({ userId, purpose, ...values })
      .onConflictDoUpdate({
        target: [oneTimeTokens.userId, oneTimeTokens.purpose],
        set: { ...values, createdAt: sql`now()` },
      })
      .returning({ expiresAt: oneTimeTokens.expiresAt });
    return { token, expiresAt: (row as { expiresAt: Date }).expiresAt };
  }

  /**
   * Counts a try with a token that takes a code beside it, in one statement: of many at once no more than five
   * come through. The token stays good; `consumeOnce` uses it up once the code was right.
   * @throws AuthError TOKEN_INVALID where its tries are used up, or `consumeOnce` would throw it
   */
  countTry(purpose: Purpose, token: string): Promise<ConsumedToken> {
    const tried = { tries: sql`${oneTimeTokens.tries} + 1` };
    return this.#update(this.db, purpose, token, tried, lt(oneTimeTokens.tries, MAX_TRIES));
  }

  /**
   * Uses a token up, in one statement, so that of many at once one succeeds (ASVS 15.4.2).
   * @throws AuthError TOKEN_INVALID where it is unknown, malformed, expired, used or of another purpose
   */
  consumeOnce(tx: Database, purpose: Purpose, token: string): Promise<ConsumedToken> {
    return this.#update(tx, purpose, token, { usedAt: sql`now()` });
  }

  /**
   * Looks at a token that could be consumed now, without consuming it.
   * @throws AuthError TOKEN_INVALID
   */
  async peek(purpose: Purpose, token: string, db = this.db): Promise<ConsumedToken> {
    if (!hasForm(token, purpose)) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    const [row] = await db
      .select({ userId: oneTimeTokens.userId, payload: oneTimeTokens.payload })
      .from(oneTimeTokens)
      .where(isRedeemable(purpose, token));
    if (row === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    return row;
  }

  /** The outstanding verification token of a user, if it lasts an hour at least. */
  async findVerification(tx: Database, userId: string): Promise<FormerToken | undefined> {
    const [row] = await tx
      .select({
        payload: oneTimeTokens.payload,
        hoursLeft: sql<number>`floor(extract(epoch FROM ${oneTimeTokens.expiresAt} - now()) / 3600)::integer`,
      })
      .from(oneTimeTokens)
      .where(
        and(
          eq(oneTimeTokens.userId, userId),
          eq(oneTimeTokens.purpose, 'VERIFY_EMAIL'),
          isNull(oneTimeTokens.usedAt),
        ),
      );
    const sealed = row?.payload?.sealed;
    if (!row || !sealed || row.hoursLeft < 1) return undefined;
    try {
      return { token: this.cipher.decrypt(sealed, bindingOf(userId)), hoursLeft: row.hoursLeft };
    } catch {
      // Sealed under a key that is gone: a new link is as good.
      return undefined;
    }
  }

  /** Voids every outstanding token of a user whose row is locked. */
  async voidAll(tx: Database, userId: string): Promise<void> {
    await tx
      .update(oneTimeTokens)
      .set({ usedAt: sql`now()` })
      .where(and(eq(oneTimeTokens.userId, userId), isNull(oneTimeTokens.usedAt)));
  }

  /**
   * Voids the outstanding tokens of the registrations that wait for a user's address, which the caller holds. A
   * token that somebody else has locked is being deleted. Bounded far above the registrations that may wait: a link
   * of any more comes to nothing too as long as the address has an owner.
   */
  async voidRivals(
    tx: Database,
    { id, email }: { readonly id: string; readonly email: string },
  ): Promise<void> {
    const ofRivals = tx
      .select({ id: oneTimeTokens.id })
      .from(oneTimeTokens)
      .innerJoin(users, eq(users.id, oneTimeTokens.userId))
      .where(
        and(
          sql`${folded(users.email)} = ${foldCase(email)}`,
          users.pending,
          ne(users.id, id),
          isNull(oneTimeTokens.usedAt),
        ),
      )
      .limit(MAX_VOIDED)
      .for('update', { of: oneTimeTokens, skipLocked: true });
    await tx.update(oneTimeTokens).set({ usedAt: sql`now()` }).where(inArray(oneTimeTokens.id, ofRivals));
  }

  /** Rows that are locked wait for the next run, so that this never waits while it holds locks. */
  async deleteExpired(): Promise<void> {
    await deleteInBatches(this.db, oneTimeTokens, lt(oneTimeTokens.expiresAt, sql`now()`));
  }

  #seal(purpose: Purpose, userId: string, token: string): Payload | undefined {
    return purpose === 'VERIFY_EMAIL' ? { sealed: this.cipher.encrypt(token, bindingOf(userId)) } : undefined;
  }

  /** One statement on a token that is still good. */
  async #update(
    tx: Database,
    purpose: Purpose,
    token: string,
    change: Partial<Record<'usedAt' | 'tries', SQL>>,
    condition?: SQL,
  ): Promise<ConsumedToken> {
    if (!hasForm(token, purpose)) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    const [row] = await tx
      .update(oneTimeTokens)
      .set(change)
      .where(and(isRedeemable(purpose, token), condition))
      .returning({ userId: oneTimeTokens.userId, payload: oneTimeTokens.payload });
    if (row === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    return row;
  }
}

/** Binds a sealed token to its user. */
function bindingOf(userId: string): string {
  return `link:${userId}`;
}

function isRedeemable(purpose: Purpose, token: string) {
  return and(
    eq(oneTimeTokens.hash, sha256(token)),
    eq(oneTimeTokens.purpose, purpose),
    isNull(oneTimeTokens.usedAt),
    gt(oneTimeTokens.expiresAt, sql`now()`),
  );
}

/** 256 random bits need no slow hash: nobody can guess their way back (ASVS 11.4.2 speaks of passwords). */
function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
