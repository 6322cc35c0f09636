import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { KeySet } from './key-set.js';
import { TokenError } from './token-error.js';
import type { Role } from './types.js';

/** What a verified token says. */
export interface CheckedToken {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
  readonly scope: readonly string[];
  readonly amr: readonly string[];
  /** These times are seconds since the epoch. */
  readonly authenticatedAt: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface TokenCheckOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: KeySet;
}

/** Seconds by which clocks may differ. */
export const CLOCK_TOLERANCE_SECONDS = 5;
/** In characters. The gateway refuses longer tokens too. */
const MAX_TOKEN_LENGTH = 4096;
const REQUIRED_CLAIMS = [
  'iss',
  'aud',
  'exp',
  'iat',
  'sub',
  'sid',
  'jti',
  'auth_time',
  'role',
  'scope',
  'amr',
];
const ROLES: ReadonlySet<unknown> = new Set<Role>(['CUSTOMER', 'STAFF', 'ADMIN']);

/**
 * The token of an `Authorization` header (RFC 6750 §2.1).
 * @throws TokenError TOKEN_MISSING, TOKEN_INVALID
 */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') throw new TokenError('TOKEN_MISSING');
  // Nearly every client sends this form, and it needs no regular expression.
  const isUsual = authorization.startsWith('Bearer ') && !authorization.includes(' ', 7);
  const token = isUsual ? authorization.slice(7) : unusualToken(authorization);
  if (token.length === 0 || token.length > MAX_TOKEN_LENGTH) throw new TokenError('TOKEN_INVALID');
  return token;
}

function unusualToken(authorization: string): string {
  return /^bearer +([^ ]+) *$/i.exec(authorization.slice(0, 2 * MAX_TOKEN_LENGTH))?.[1] ?? '';
}

/**
 * Verifies the signature, algorithm, type, issuer, audience, times and required claims, each against a fixed value
 * (RFC 8725 §3.1, §3.8 to §3.11; RFC 9068 §4).
 * @param nowSeconds the time, in seconds since the epoch
 * @throws TokenError TOKEN_EXPIRED, TOKEN_INVALID
 */
export async function checkToken(
  token: string,
  { issuer, audience, keys }: TokenCheckOptions,
  nowSeconds: number,
): Promise<CheckedToken> {
  try {
    const { payload } = await jwtVerify(token, ({ kid, alg }) => requireKey(keys, kid, alg), {
      algorithms: ['EdDSA', 'ES256', 'RS256'],
      typ: 'at+jwt',
      issuer,
      audience,
      requiredClaims: REQUIRED_CLAIMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(nowSeconds * 1000),
    });
    return readClaims(payload);
  } catch (error) {
    if (error instanceof TokenError) throw error;
    const isExpired = error instanceof errors.JWTExpired;
    throw new TokenError(isExpired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID', { cause: error });
  }
}

function requireKey(keys: KeySet, kid: unknown, algorithm: unknown) {
  const key = keys.find(kid, algorithm);
  if (key === undefined) throw new TokenError('TOKEN_INVALID');
  return key;
}

function readClaims(claims: JWTPayload): CheckedToken {
  const { sub, sid, jti, iat, exp, role, scope, amr, auth_time: authTime } = claims;
  const isWellFormed =
    isName(sub) &&
    isName(sid) &&
    isName(jti) &&
    typeof scope === 'string' &&
    ROLES.has(role) &&
    isTime(authTime) &&
    isTime(iat) &&
    isTime(exp) &&
    Array.isArray(amr) &&
    amr.every((method) => typeof method === 'string');
  if (!isWellFormed) throw new TokenError('TOKEN_INVALID');
  return {
    userId: sub,
    sessionId: sid,
    role: role as Role,
    scope: scope.split(' ').filter(Boolean),
    amr,
    authenticatedAt: authTime,
    issuedAt: iat,
    expiresAt: exp,
  };
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 255;

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e11;
