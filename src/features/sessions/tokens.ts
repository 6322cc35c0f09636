import type { User } from '../accounts/index.js';
import type { SessionDeps } from './deps.js';
import { makeRefreshToken } from './refresh-token.js';
import type { Session, SessionTokens } from './session.model.js';

/** Signs an access token and derives the current refresh token of a session. */
export async function issueTokens(
  { accessTokens, refreshKeys }: Pick<SessionDeps, 'accessTokens' | 'refreshKeys'>,
  session: Session,
  user: User,
): Promise<SessionTokens> {
  const accessToken = await accessTokens.sign({
    userId: user.id,
    sessionId: session.id,
    role: user.role,
    authTime: session.createdAt,
    amr: session.amr,
  });
  const refreshToken = makeRefreshToken(refreshKeys, { sessionId: session.id, counter: session.counter });
  const remainingMs = session.expiresAt.getTime() - accessTokens.clock.now();
  return {
    accessToken,
    expiresIn: accessTokens.options.lifetimeSeconds,
    refreshToken,
    refreshExpiresIn: Math.max(0, Math.floor(remainingMs / 1000)),
    session,
    user,
  };
}
