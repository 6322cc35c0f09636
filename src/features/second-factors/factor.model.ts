import type { Actor } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { ReauthenticationMethod } from '../../platform/error.js';
import type { UserCondition } from '../accounts/index.js';

export enum TwoFactorMethod {
  TOTP = 'TOTP',
  RECOVERY_CODE = 'RECOVERY_CODE',
  PASSKEY = 'PASSKEY',
}

/** The answer of a client to a challenge: either a code or a credential. */
export interface FactorResponse {
  /** As the user typed it. */
  readonly code?: string | null | undefined;
  /** JSON text of a WebAuthn assertion. */
  readonly credential?: string | null | undefined;
  /** The token of the challenge that the credential answers. */
  readonly challengeToken?: string | null | undefined;
}

/**
 * A way to prove a second factor. Functions with `tx` are called in a transaction that holds the lock on the user's row.
 *
 * If `enabledFor` is true for a user, a sign-in needs a second factor. A factor without `enabledFor`, such as recovery
 * codes, is only an alternative to other factors.
 */
export interface Factor {
  readonly method: TwoFactorMethod;
  readonly enabledFor?: UserCondition;
  /** True if a user can sign in with it alone. Turning the second factor off keeps it; a reset by an admin removes it. */
  readonly isSignInMethod?: boolean;
  /** Set if the factor alone is enough to authenticate again in a session. */
  readonly reauthenticates?: ReauthenticationMethod;
  /**
   * The `amr` claim (RFC 8176) after this factor.
   * @param first the methods that were proven before it
   */
  amr(first: readonly string[]): readonly string[];
  /**
   * Whether the response has the form of this factor. The first factor that accepts a response verifies it.
   */
  accepts(response: FactorResponse): boolean;
  /** Whether the user can answer a challenge by this factor. */
  offered(tx: Database, userId: string): Promise<boolean>;
  /** The data that a client needs to answer the challenge of a token, as JSON text. */
  begin?(tx: Database, userId: string, challengeToken: string): Promise<string>;
  /** Whether the response is correct. A correct response is consumed. */
  verify(tx: Database, actor: Actor, userId: string, response: FactorResponse): Promise<boolean>;
  /** Returns whether the user could prove this factor until now. */
  remove(tx: Database, userId: string): Promise<boolean>;
}

/** The `amr` claim after a one-time code, typed after the methods in `first`. */
export function withOneTimeCode(first: readonly string[]): readonly string[] {
  return first.includes('otp') ? first : [...first, 'otp'];
}
