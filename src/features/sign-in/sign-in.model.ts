import type { User } from '../accounts/index.js';
import type { Session, SessionTokens, TokenDelivery } from '../sessions/index.js';

/** The input of the first step. */
export interface Credentials {
  /** A username or an email address, in any letter case. */
  readonly identifier: string;
  readonly password: string;
  readonly rememberMe: boolean;
  readonly delivery: TokenDelivery;
  readonly deviceCookie: string | undefined;
}

/** The input of the second step. */
export interface SecondStep {
  readonly challengeToken: string;
  readonly code: string | null | undefined;
  /** JSON text of a WebAuthn assertion. */
  readonly credential: string | null | undefined;
  readonly deviceCookie: string | undefined;
}

/** Proof that the user completed one factor or more. */
export interface Proof {
  /** Locked until the transaction ends. */
  readonly user: User;
  /** The methods that were used (RFC 8176). */
  readonly amr: readonly string[];
  readonly remembered: boolean;
  readonly delivery: TokenDelivery;
  /** The failure counters that a completed sign-in clears. */
  readonly counterKeys: readonly string[];
  readonly deviceCookie: string | undefined;
}

export interface OpenedSession {
  readonly session: Session;
  readonly user: User;
  readonly delivery: TokenDelivery;
  /** Makes the device a known device of the account. */
  readonly deviceCookie: string;
}

/** The result of a completed sign-in. */
export interface CompletedSignIn {
  readonly tokens: SessionTokens;
  readonly delivery: TokenDelivery;
  readonly deviceCookie: string;
}
