import type { Authentication } from '../../platform/actor.js';
import { readBearerToken } from '../../platform/bearer-token.js';
import type { UnauthenticatedReason } from '../../platform/error.js';
import {
  AccessTokenExpired,
  AccessTokenInvalid,
  type AccessTokens,
  type VerifiedToken,
} from '../access-tokens/index.js';
import type { SessionDeps } from './deps.js';

/**
 * Finds the user of a bearer token (RFC 6750 §2.1). The token only identifies the session. The database
 * determines whether the session is live, and the role of its user (ASVS 7.4.1).
 */
export async function authenticate(
  { accessTokens, cache }: Pick<SessionDeps, 'accessTokens' | 'cache'>,
  authorization: string | undefined,
): Promise<Authentication> {
  const token = readBearerToken(authorization);
  if (token === undefined) return refused(authorization === undefined ? 'TOKEN_MISSING' : 'TOKEN_INVALID');
  const verified = await verifyToken(token, accessTokens);
  if (typeof verified === 'string') return refused(verified);
  const state = await cache.find(verified.sessionId);
  if (state === undefined || state.userId !== verified.userId) return refused('SESSION_REVOKED');
  return { principal: { userId: state.userId, sessionId: verified.sessionId, role: state.role } };
}

async function verifyToken(
  token: string,
  accessTokens: AccessTokens,
): Promise<VerifiedToken | UnauthenticatedReason> {
  try {
    return await accessTokens.verify(token);
  } catch (error) {
    if (error instanceof AccessTokenExpired) return 'TOKEN_EXPIRED';
    if (error instanceof AccessTokenInvalid) return 'TOKEN_INVALID';
    throw error;
  }
}

function refused(reason: UnauthenticatedReason): Authentication {
  return { principal: null, reason };
}
