import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { UserCondition } from '../accounts/index.js';

export enum TwoFactorMethod {
  TOTP = 'TOTP',
  RECOVERY_CODE = 'RECOVERY_CODE',
}

/** The answer of a client to a challenge. */
export interface FactorResponse {
  /** As the user typed it. */
  readonly code: string;
}

/**
 * A way to prove a second factor. Functions with `tx` are called in a transaction that holds the lock on the user's row.
 *
 * If `enabledFor` is true for a user, a sign-in needs a second factor. A factor without `enabledFor`, such as recovery
 * codes, is only an alternative to other factors.
 */
export interface Factor {
  readonly method: TwoFactorMethod;
  /** The value of the `amr` claim (RFC 8176). */
  readonly amr: string;
  readonly enabledFor?: UserCondition;
  /**
   * Whether the response has the form of this factor. The first factor that accepts a response verifies it.
   */
  accepts(response: FactorResponse): boolean;
  /** Whether the user can answer a challenge by this factor. */
  offered(tx: Database, userId: string): Promise<boolean>;
  /** Whether the response is correct. A correct response is consumed. */
  verify(tx: Database, actor: Actor, userId: string, response: FactorResponse): Promise<boolean>;
  remove(tx: Database, userId: string): Promise<void>;
}
