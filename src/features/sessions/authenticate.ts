import type { UnauthenticatedReason } from '../../platform/error.js';
import type { Principal } from '../../platform/principal.js';
import {
  AccessTokenExpired,
  AccessTokenInvalid,
  type AccessTokens,
  type CheckedToken,
} from '../access-tokens/index.js';
import type { SessionCache } from './session-cache.js';

export type Authentication =
  | { readonly principal: Principal }
  | { readonly principal: null; readonly reason: UnauthenticatedReason };

/**
 * Finds out who a request's bearer token stands for (RFC 6750 §2.1). The token only names the session; whether
 * that lives, and which role its user has, is the server's state (ASVS 7.4.1).
 */
export async function authenticate(
  authorization: string | undefined,
  tokens: AccessTokens,
  sessions: SessionCache,
): Promise<Authentication> {
  const token = /^bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return nobody(authorization === undefined ? 'TOKEN_MISSING' : 'TOKEN_INVALID');
  const checked = await checkToken(token, tokens);
  if (typeof checked === 'string') return nobody(checked);
  const state = await sessions.find(checked.sessionId);
  if (state === undefined || state.userId !== checked.userId) return nobody('SESSION_REVOKED');
  return { principal: { userId: state.userId, sessionId: checked.sessionId, role: state.role } };
}

async function checkToken(
  token: string,
  tokens: AccessTokens,
): Promise<CheckedToken | UnauthenticatedReason> {
  try {
    return await tokens.check(token);
  } catch (error) {
    if (error instanceof AccessTokenExpired) return 'TOKEN_EXPIRED';
    if (error instanceof AccessTokenInvalid) return 'TOKEN_INVALID';
    throw error;
  }
}

function nobody(reason: UnauthenticatedReason): Authentication {
  return { principal: null, reason };
}
