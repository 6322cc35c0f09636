import type { RequestOrigin, Role } from '../../platform/actor.js';
import type { User } from '../accounts/index.js';
import type { SessionEndReason } from './session-end-reason.js';

/** A row of `sessions`. `session.table.ts` documents the columns. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly counter: number;
  readonly rotatedAt: Date;
  readonly remembered: boolean;
  readonly amr: readonly string[];
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Date;
  readonly authenticatedAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly endReason: SessionEndReason | null;
}

export interface NewSessionRow extends Pick<Session, 'userId' | 'remembered' | 'amr'> {
  /** Days until the session expires. */
  readonly days: number;
  readonly origin: RequestOrigin;
}

/** The part of a live session that each request needs. */
export interface SessionState {
  readonly userId: string;
  readonly role: Role;
  /** Time until the session expires, by the database's clock at the time of the read. */
  readonly expiresInMs: number;
}

/** The end of a session, by an operation or by its expiry. */
export interface SessionEnd {
  readonly sessionId: string;
  readonly reason: SessionEndReason;
  readonly endedAt: Date;
}

/** A session that a client watches. */
export interface WatchedSession {
  /** Undefined if the session is live. */
  readonly end: SessionEnd | undefined;
  /** Time until the session expires, by the database's clock at the time of the read. */
  readonly expiresInMs: number;
}

/** The use of a refresh token. */
export interface Rotation {
  readonly id: string;
  readonly counter: number;
  readonly graceSeconds: number;
  readonly origin: RequestOrigin;
}

/** A session after a rotation, and its user. */
export interface Rotated {
  readonly session: Session;
  readonly user: User;
}

/** A live session, locked until the transaction ends, and its active user. */
export interface LockedSession {
  readonly session: Session;
  readonly user: User;
  readonly isInGrace: boolean;
}

/** The tokens of a completed sign-in or refresh. */
export interface SessionTokens {
  readonly accessToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  /** Seconds until the session and its refresh tokens expire. */
  readonly refreshExpiresIn: number;
  readonly session: Session;
  readonly user: User;
}
