import { hash, randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Role } from '../../platform/actor.js';
import type { Clock } from '../../platform/clock.js';
import { isId } from '../../platform/id.js';
import { lruCache } from '../../platform/lru-cache.js';
import type { SigningKeys } from './signing-keys.js';

export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
}

export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
  /** When the user authenticated. */
  readonly authTime: Date;
  readonly amr: readonly string[];
  /** Shorter than `AccessTokenOptions.lifetimeSeconds` if the session expires before. */
  readonly lifetimeSeconds?: number;
}

/** The claims that the gateway uses. The role comes from the session, because it can change. */
export interface VerifiedToken {
  readonly sessionId: string;
  readonly userId: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export class AccessTokenExpired extends Error {}
export class AccessTokenInvalid extends Error {}

const TYPE = 'at+jwt';
const REQUIRED_CLAIMS = ['iss', 'aud', 'exp', 'iat', 'sub', 'sid', 'jti'];
const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_TOKEN_LENGTH = 4096;
/** They take some 17 MB. */
const MAX_CACHED_TOKENS = 50_000;

/** The scopes of each role, for the services of the platform (RFC 9068 §2.2.3). */
const SCOPES: Readonly<Record<Role, string>> = {
  CUSTOMER: 'customer',
  STAFF: 'customer staff',
  ADMIN: 'customer staff admin',
};

/** Signs and verifies access tokens (RFC 9068). */
export class AccessTokens {
  /**
   * A valid signature stays valid, so verified tokens are cached until they expire. By their digests, which take less
   * memory than the tokens.
   */
  readonly #verified = lruCache<VerifiedToken>(MAX_CACHED_TOKENS);

  constructor(
    readonly keys: SigningKeys,
    readonly options: AccessTokenOptions,
    readonly clock: Clock,
  ) {}

  sign({ userId, sessionId, role, authTime, amr, lifetimeSeconds }: AccessTokenClaims): Promise<string> {
    const { kid, algorithm, key } = this.keys.current;
    const now = Math.floor(this.clock.now() / 1000);
    return new SignJWT({
      sid: sessionId,
      auth_time: Math.floor(authTime.getTime() / 1000),
      amr: [...amr],
      role,
      scope: SCOPES[role],
    })
      .setProtectedHeader({ alg: algorithm, typ: TYPE, kid })
      .setIssuer(this.options.issuer)
      .setAudience(this.options.audience)
      .setSubject(userId)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + (lifetimeSeconds ?? this.options.lifetimeSeconds))
      .sign(key);
  }

  /**
   * Verifies the signature, algorithm, type, issuer, audience, times and required claims, each against a
   * fixed value (RFC 8725 §3.1, §3.8 to §3.11; RFC 9068 §4).
   * @throws AccessTokenExpired
   * @throws AccessTokenInvalid
   */
  async verify(token: string): Promise<VerifiedToken> {
    const digest = hash('sha256', token, 'base64');
    const cached = this.#verified.get(digest);
    const verified = cached ?? (await this.#verifyUncached(token));
    if (verified.expiresAt + CLOCK_TOLERANCE_SECONDS <= this.clock.now() / 1000)
      throw new AccessTokenExpired();
    if (cached === undefined) this.#verified.set(digest, verified);
    return verified;
  }

  async #verifyUncached(token: string): Promise<VerifiedToken> {
    if (token.length > MAX_TOKEN_LENGTH) throw new AccessTokenInvalid();
    const now = this.clock.now();
    try {
      const { payload } = await jwtVerify(token, ({ kid, alg }) => this.#keyFor(kid, alg), {
        algorithms: ['EdDSA', 'ES256', 'RS256', 'HS256'],
        typ: TYPE,
        issuer: this.options.issuer,
        audience: this.options.audience,
        requiredClaims: REQUIRED_CLAIMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now),
      });
      const { sub, sid, jti, iat, exp } = payload;
      const isWellFormed =
        isId(sub) && isId(sid) && typeof jti === 'string' && iat !== undefined && exp !== undefined;
      // jose accepts an `iat` in the future. The gateway never issues such a token.
      if (!isWellFormed || iat > now / 1000 + CLOCK_TOLERANCE_SECONDS) throw new AccessTokenInvalid();
      return { userId: sub, sessionId: sid, expiresAt: exp };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new AccessTokenExpired();
      throw new AccessTokenInvalid('not a valid access token of this gateway', { cause: error });
    }
  }

  /**
   * Attack: algorithm confusion. If the header chose the algorithm, a token with the header HS256 that is
   * signed with the public key would pass. So the key determines the algorithm; any other is refused.
   */
  #keyFor(kid: string | undefined, algorithm: string) {
    const found = this.keys.find(kid);
    if (found === undefined || found.algorithm !== algorithm) throw new AccessTokenInvalid();
    return found.key;
  }
}
