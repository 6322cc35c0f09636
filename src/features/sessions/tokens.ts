import type { Role } from '../../platform/actor.js';
import type { User } from '../accounts/index.js';
import type { SessionDeps } from './deps.js';
import { makeRefreshToken } from './refresh-token.js';
import type { Session } from './session.store.js';

/** The result of a completed sign-in or a refresh. */
export interface SignedIn {
  readonly accessToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly session: Session;
  readonly user: User;
}

/** Makes an access token and the current refresh token of a session. */
export async function issueTokens(
  { accessTokens, refreshKeys }: Pick<SessionDeps, 'accessTokens' | 'refreshKeys'>,
  session: Session,
  user: User,
): Promise<SignedIn> {
  const accessToken = await accessTokens.sign({
    userId: user.id,
    sessionId: session.id,
    role: user.role as Role,
    authTime: session.createdAt,
    amr: session.amr,
  });
  const refreshToken = makeRefreshToken(refreshKeys, { sessionId: session.id, counter: session.counter });
  return { accessToken, expiresIn: accessTokens.options.seconds, refreshToken, session, user };
}
