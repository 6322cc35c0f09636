import type { Keyring } from '../../platform/keyring.js';
import type { Role } from '../../platform/principal.js';
import type { AccessTokens } from '../access-tokens/index.js';
import type { User } from '../accounts/index.js';
import { makeRefreshToken } from './refresh-token.js';
import type { Session } from './session.store.js';

/** What a finished sign-in or refresh hands back. */
export interface SignedIn {
  readonly accessToken: string;
  /** Seconds that the access token lasts. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly session: Session;
  readonly user: User;
}

/** The pair of tokens of a session as it stands. */
export async function issueTokens(
  tokens: AccessTokens,
  refreshKeys: Keyring,
  session: Session,
  user: User,
): Promise<SignedIn> {
  const accessToken = await tokens.sign({
    userId: user.id,
    sessionId: session.id,
    role: user.role as Role,
    authTime: session.createdAt,
    amr: session.amr,
  });
  const refreshToken = makeRefreshToken(refreshKeys, { sessionId: session.id, counter: session.counter });
  return { accessToken, expiresIn: tokens.options.seconds, refreshToken, session, user };
}
