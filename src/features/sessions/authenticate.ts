import type { Authentication } from '../../platform/actor.js';
import type { UnauthenticatedReason } from '../../platform/error.js';
import {
  AccessTokenExpired,
  AccessTokenInvalid,
  type AccessTokens,
  type CheckedToken,
} from '../access-tokens/index.js';
import type { SessionDeps } from './deps.js';

/**
 * Finds the user of a bearer token (RFC 6750 §2.1). The token only names the session. The database says whether the
 * session is live and which role its user has (ASVS 7.4.1).
 */
export async function authenticate(
  { accessTokens, cache }: Pick<SessionDeps, 'accessTokens' | 'cache'>,
  authorization: string | undefined,
): Promise<Authentication> {
  const token = /^bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return refused(authorization === undefined ? 'TOKEN_MISSING' : 'TOKEN_INVALID');
  const checked = await checkToken(token, accessTokens);
  if (typeof checked === 'string') return refused(checked);
  const state = await cache.find(checked.sessionId);
  if (state === undefined || state.userId !== checked.userId) return refused('SESSION_REVOKED');
  return { principal: { userId: state.userId, sessionId: checked.sessionId, role: state.role } };
}

async function checkToken(
  token: string,
  accessTokens: AccessTokens,
): Promise<CheckedToken | UnauthenticatedReason> {
  try {
    return await accessTokens.check(token);
  } catch (error) {
    if (error instanceof AccessTokenExpired) return 'TOKEN_EXPIRED';
    if (error instanceof AccessTokenInvalid) return 'TOKEN_INVALID';
    throw error;
  }
}

function refused(reason: UnauthenticatedReason): Authentication {
  return { principal: null, reason };
}
