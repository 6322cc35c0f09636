import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Role } from '../../platform/actor.js';
import type { Clock } from '../../platform/clock.js';
import { isId } from '../../platform/id.js';
import type { SigningKeys } from './signing-keys.js';

export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds that a token lasts. */
  readonly seconds: number;
}

export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
  /** When the user last proved who they are. */
  readonly authTime: Date;
  readonly amr: readonly string[];
}

/** What a checked token says; who the caller is, is up to the session. */
export interface CheckedToken {
  readonly sessionId: string;
  readonly userId: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export class AccessTokenExpired extends Error {}
export class AccessTokenInvalid extends Error {}

const TYPE = 'at+jwt';
const REQUIRED_CLAIMS = ['iss', 'aud', 'exp', 'iat', 'sub', 'sid', 'jti'];
/** Seconds that clocks may be apart. */
const TOLERANCE = 5;
const MAX_TOKEN_LENGTH = 4096;

/** What a role opens to the services of the platform (RFC 9068 §2.2.3). */
const SCOPES: Readonly<Record<Role, string>> = {
  CUSTOMER: 'customer',
  STAFF: 'customer staff',
  ADMIN: 'customer staff admin',
};

/** Access tokens by RFC 9068. */
export class AccessTokens {
  /** A signature that was right stays right: checked tokens are remembered until they expire. */
  readonly #checked = new LRUCache<string, CheckedToken>({ max: 50_000 });

  constructor(
    readonly keys: SigningKeys,
    readonly options: AccessTokenOptions,
    readonly clock: Clock,
  ) {}

  /** Signs a token for a session. */
  sign({ userId, sessionId, role, authTime, amr }: AccessTokenClaims): Promise<string> {
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
      .setExpirationTime(now + this.options.seconds)
      .sign(key);
  }

  /**
   * Checks signature, algorithm, type, issuer, audience, times and required claims, each pinned (RFC 8725
   * §3.1, §3.8 to §3.11; RFC 9068 §4).
   * @throws AccessTokenExpired
   * @throws AccessTokenInvalid
   */
  async check(token: string): Promise<CheckedToken> {
    const known = this.#checked.get(token);
    const checked = known ?? (await this.#verify(token));
    if (checked.expiresAt + TOLERANCE <= this.clock.now() / 1000) throw new AccessTokenExpired();
    if (known === undefined) this.#checked.set(token, checked);
    return checked;
  }

  async #verify(token: string): Promise<CheckedToken> {
    if (token.length > MAX_TOKEN_LENGTH) throw new AccessTokenInvalid();
    const now = this.clock.now();
    try {
      const { payload } = await jwtVerify(token, ({ kid, alg }) => this.#keyFor(kid, alg), {
        algorithms: ['EdDSA', 'ES256', 'RS256', 'HS256'],
        typ: TYPE,
        issuer: this.options.issuer,
        audience: this.options.audience,
        requiredClaims: REQUIRED_CLAIMS,
        clockTolerance: TOLERANCE,
        currentDate: new Date(now),
      });
      const { sub, sid, jti, iat, exp } = payload;
      const isWellFormed =
        isId(sub) && isId(sid) && typeof jti === 'string' && iat !== undefined && exp !== undefined;
      // jose takes an `iat` of the future: a token that was not issued yet was not issued by us.
      if (!isWellFormed || iat > now / 1000 + TOLERANCE) throw new AccessTokenInvalid();
      return { userId: sub, sessionId: sid, expiresAt: exp };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new AccessTokenExpired();
      throw new AccessTokenInvalid('not a token of ours', { cause: error });
    }
  }

  /**
   * Attack: algorithm confusion. A token that says HS256 and is signed with the public key would pass where the
   * header chooses the algorithm. Here the key does: one whose algorithm is another is no key for the token.
   */
  #keyFor(kid: string | undefined, algorithm: string) {
    const found = this.keys.find(kid);
    if (found === undefined || found.algorithm !== algorithm) throw new AccessTokenInvalid();
    return found.key;
  }
}
