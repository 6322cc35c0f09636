import type { User } from '../accounts/index.js';
import type { SessionDeps } from './deps.js';
import { makeRefreshToken } from './refresh-token.js';
import type { Session, SessionTokens } from './session.model.js';

/**
 * Signs an access token and derives the current refresh token of a session. The access token does not outlive the
 * session: no row of `session_ends` tells other services of an expiry.
 */
export async function issueTokens(
  { accessTokens, refreshKeys }: Pick<SessionDeps, 'accessTokens' | 'refreshKeys'>,
  session: Session,
  user: User,
): Promise<SessionTokens> {
  const remainingSeconds = Math.floor((session.expiresAt.getTime() - accessTokens.clock.now()) / 1000);
  const expiresIn = Math.max(1, Math.min(accessTokens.options.lifetimeSeconds, remainingSeconds));
  const accessToken = await accessTokens.sign({
    userId: user.id,
    sessionId: session.id,
    role: user.role,
    authTime: new Date(Math.max(session.authenticatedAt.getTime(), session.createdAt.getTime())),
    amr: session.amr,
    lifetimeSeconds: expiresIn,
  });
  const refreshToken = makeRefreshToken(refreshKeys, { sessionId: session.id, counter: session.counter });
  return {
    accessToken,
    expiresIn,
    refreshToken,
    refreshExpiresIn: Math.max(0, remainingSeconds),
    session,
    user,
  };
}
