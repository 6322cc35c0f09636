import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, inArray, isNull, lt, ne, type SQL, sql } from 'drizzle-orm';
import { type Database, deleteInBatches } from '../../platform/database.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { Cipher } from '../../platform/keyring.js';
import { foldCase } from '../../platform/text.js';
import { folded, users } from '../accounts/user.table.js';
import type { ConsumedToken, IssuedToken, OutstandingToken, Payload } from './one-time-token.model.js';
import { oneTimeTokens } from './one-time-token.table.js';
import { isWellFormed, PREFIX, PURPOSES, type Purpose, TOKEN_LIFETIME_MINUTES } from './purpose.js';

/** Attempts with one token that also requires a code. */
const MAX_ATTEMPTS = 5;

/** Tokens that one call of `invalidateOthers` updates. */
const MAX_INVALIDATED = 1000;

interface IssueOptions {
  readonly payload?: Payload;
  readonly decoy?: boolean;
}

/** Single-use tokens of 256 random bits. Stored as SHA-256; verification tokens also encrypted. */
export class OneTimeTokenStore {
  constructor(
    readonly db: Database,
    /** Encrypts verification tokens, so that the same link can be mailed again. */
    readonly cipher: Cipher,
  ) {}

  /**
   * Issues a token, which replaces the user's previous token of this purpose.
   * @param options.decoy writes a token that is already used. It takes the same time, so that the response
   *   time does not reveal whether a token was issued
   */
  async issue(tx: Database, purpose: Purpose, userId: string, options: IssueOptions = {}): Promise<string> {
    return (await this.issueWithExpiry(tx, purpose, userId, options)).token;
  }

  /** Like `issue`, but also returns the expiry of the token. */
  async issueWithExpiry(
    tx: Database,
    purpose: Purpose,
    userId: string,
    options: IssueOptions = {},
  ): Promise<IssuedToken> {
    const { token, ...row } = newToken(purpose);
    const values = {
      ...row,
      payload: this.#seal(purpose, userId, token) ?? options.payload ?? null,
      usedAt: options.decoy === true ? sql`now()` : null,
      tries: 0,
    };
    const [issued] = await tx
      .insert(oneTimeTokens)
      .values({ userId, purpose, ...values })
      .onConflictDoUpdate({
        target: [oneTimeTokens.userId, oneTimeTokens.purpose],
        set: { ...values, createdAt: sql`now()` },
      })
      .returning({ expiresAt: oneTimeTokens.expiresAt });
    return { token, expiresAt: (issued as { expiresAt: Date }).expiresAt };
  }

  /** Issues a token that belongs to no user. Only `consumeAnonymous` accepts it. */
  async issueAnonymous(tx: Database, purpose: Purpose, payload: Payload): Promise<IssuedToken> {
    const { token, ...row } = newToken(purpose);
    const [issued] = await tx
      .insert(oneTimeTokens)
      .values({ purpose, ...row, payload })
      .returning({ expiresAt: oneTimeTokens.expiresAt });
    return { token, expiresAt: (issued as { expiresAt: Date }).expiresAt };
  }

  /**
   * Counts an attempt with a token that also requires a code. It is one statement, so of many concurrent
   * attempts no more than `MAX_ATTEMPTS` succeed. The token stays valid until `consumeOnce`.
   * @throws AuthError TOKEN_INVALID if no attempts are left, or if `consumeOnce` would throw it
   */
  countAttempt(purpose: Purpose, token: string): Promise<ConsumedToken> {
    const change = { tries: sql`${oneTimeTokens.tries} + 1` };
    return this.#update(this.db, purpose, token, change, lt(oneTimeTokens.tries, MAX_ATTEMPTS));
  }

  /**
   * Consumes a token in one statement, so that only one of many concurrent calls succeeds (ASVS 15.4.2).
   * @throws AuthError TOKEN_INVALID if the token is unknown, malformed, expired, used or of another purpose
   */
  consumeOnce(tx: Database, purpose: Purpose, token: string): Promise<ConsumedToken> {
    return this.#update(tx, purpose, token, { usedAt: sql`now()` });
  }

  /**
   * Deletes a token of `issueAnonymous` in one statement, so that only one of many concurrent calls succeeds.
   * @throws AuthError TOKEN_INVALID if the token is unknown, malformed, expired, used or of another purpose
   */
  async consumeAnonymous(tx: Database, purpose: Purpose, token: string): Promise<Payload> {
    if (!isWellFormed(token, purpose)) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    const [row] = await tx
      .delete(oneTimeTokens)
      .where(and(isRedeemable(purpose, token), isNull(oneTimeTokens.userId)))
      .returning({ payload: oneTimeTokens.payload });
    if (row === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    return row.payload ?? {};
  }

  /**
   * Reads a valid token without consuming it.
   * @throws AuthError TOKEN_INVALID
   */
  async peek(purpose: Purpose, token: string, db = this.db): Promise<ConsumedToken> {
    if (!isWellFormed(token, purpose)) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    const [row] = await db
      .select({ userId: oneTimeTokens.userId, payload: oneTimeTokens.payload })
      .from(oneTimeTokens)
      .where(isRedeemable(purpose, token));
    return ofUser(row);
  }

  /** The outstanding verification token of a user. Undefined if it expires within an hour. */
  async findVerification(tx: Database, userId: string): Promise<OutstandingToken | undefined> {
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
      // The key was removed from the configuration. The caller issues a new link.
      return undefined;
    }
  }

  /** Invalidates the outstanding tokens of a user whose row is locked: all, or those of some purposes. */
  async invalidateAll(tx: Database, userId: string, purposes: readonly Purpose[] = PURPOSES): Promise<void> {
    const isMeant = and(eq(oneTimeTokens.userId, userId), inArray(oneTimeTokens.purpose, [...purposes]));
    await tx
      .update(oneTimeTokens)
      .set({ usedAt: sql`now()` })
      .where(and(isMeant, isNull(oneTimeTokens.usedAt)));
  }

  /**
   * Invalidates the outstanding tokens of the other pending registrations for a user's address. The caller
   * holds the lock of the address. Tokens that another transaction has locked are being deleted, so they are
   * skipped. The limit is far above the number of pending registrations for an address; a link beyond it
   * fails anyway while the address has an owner.
   */
  async invalidateOthers(
    tx: Database,
    { id, email }: { readonly id: string; readonly email: string },
  ): Promise<void> {
    const others = tx
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
      .limit(MAX_INVALIDATED)
      .for('update', { of: oneTimeTokens, skipLocked: true });
    await tx.update(oneTimeTokens).set({ usedAt: sql`now()` }).where(inArray(oneTimeTokens.id, others));
  }

  /** Skips locked rows until the next run, so that the task never waits while it holds locks. */
  async deleteExpired(): Promise<void> {
    await deleteInBatches(this.db, oneTimeTokens, lt(oneTimeTokens.expiresAt, sql`now()`));
  }

  #seal(purpose: Purpose, userId: string, token: string): Payload | undefined {
    return purpose === 'VERIFY_EMAIL' ? { sealed: this.cipher.encrypt(token, bindingOf(userId)) } : undefined;
  }

  /** Updates a valid token in one statement. */
  async #update(
    tx: Database,
    purpose: Purpose,
    token: string,
    change: Partial<Record<'usedAt' | 'tries', SQL>>,
    condition?: SQL,
  ): Promise<ConsumedToken> {
    if (!isWellFormed(token, purpose)) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    const [row] = await tx
      .update(oneTimeTokens)
      .set(change)
      .where(and(isRedeemable(purpose, token), condition))
      .returning({ userId: oneTimeTokens.userId, payload: oneTimeTokens.payload });
    return ofUser(row);
  }
}

/** The columns of a new token besides its user and payload, and the token itself. */
function newToken(purpose: Purpose) {
  const token = PREFIX[purpose] + randomBytes(32).toString('base64url');
  const expiresAt = sql`now() + make_interval(mins => ${TOKEN_LIFETIME_MINUTES[purpose]})`;
  return { token, hash: sha256(token), expiresAt };
}

/** @throws AuthError TOKEN_INVALID if there is no token, or it belongs to no user */
function ofUser(row: { userId: string | null; payload: Payload | null } | undefined): ConsumedToken {
  if (row === undefined || row.userId === null) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
  return { userId: row.userId, payload: row.payload };
}

/** Binds an encrypted token to its user. */
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

/** A fast hash is enough: 256 random bits cannot be guessed (ASVS 11.4.2 is about passwords). */
function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
