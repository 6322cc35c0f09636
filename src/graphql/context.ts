import type { Actor, Authentication, Principal, RequestOrigin, SignedInActor } from '../platform/actor.js';
import type { UnauthenticatedReason } from '../platform/error.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';

/** Checks an Authorization header. */
export type Authenticate = (authorization: string | undefined) => Promise<Authentication>;

export interface CookieOptions {
  /** Seconds until the cookie expires. Without it the browser deletes the cookie when it closes. */
  readonly maxAge?: number;
}

/** Cookies by their plain names. The HTTP layer adds prefix and flags, and ignores cookies of foreign origins. */
export interface Cookies {
  get(name: string): string | undefined;
  set(name: string, value: string, options?: CookieOptions): void;
  clear(name: string): void;
}

/** The fields of a request for the request log and the latency metric. Never text of the client. */
export interface RequestReport {
  /** The operation's root field by its name in the schema, `several`, or `introspection`. */
  operation?: string;
  /** The code of the first error; undefined if there is none. */
  outcome?: string;
  userId?: string;
}

export interface RequestFacts {
  readonly requestId: string;
  /** Computed when called, because most reads do not need it. */
  origin(): RequestOrigin;
  readonly cookies: Cookies;
  readonly authorization: string | undefined;
  /** The header `x-router-secret`. */
  readonly routerSecret: string | undefined;
  /** Filled in while the request is executed. */
  readonly report: RequestReport;
}

/**
 * One request. The access token is checked when the first field needs it, and only once. No `#private` fields,
 * because Apollo copies the object field by field.
 */
export class GatewayContext {
  /** The result of the check, once there is one. */
  authenticated: Authentication | undefined;
  private authenticating: Promise<Authentication> | undefined;

  constructor(
    private readonly facts: RequestFacts,
    private readonly authenticate: Authenticate,
  ) {}

  get requestId(): string {
    return this.facts.requestId;
  }

  get origin(): RequestOrigin {
    return this.facts.origin();
  }

  get cookies(): Cookies {
    return this.facts.cookies;
  }

  get routerSecret(): string | undefined {
    return this.facts.routerSecret;
  }

  get report(): RequestReport {
    return this.facts.report;
  }

  /** An actor without a user, for operations that do not read the access token. */
  get visitor(): Actor {
    return { origin: this.origin };
  }

  authentication(): Promise<Authentication> {
    if (this.authenticated !== undefined) return Promise.resolve(this.authenticated);
    this.authenticating ??= this.authenticate(this.facts.authorization).then((result) => {
      this.authenticated ??= result;
      return this.authenticated;
    });
    return this.authenticating;
  }

  /** The signed-in user if there is one, with the origin of the request. */
  async actor(): Promise<Actor> {
    return { ...(await this.authentication()).principal, origin: this.origin };
  }

  /** @throws AuthError UNAUTHENTICATED */
  async signedInActor(): Promise<SignedInActor> {
    return { ...(await this.principal()), origin: this.origin };
  }

  /** @throws AuthError UNAUTHENTICATED */
  async principal(): Promise<Principal> {
    const authentication = await this.authentication();
    if (authentication.principal === null) throw unauthenticated(authentication.reason);
    return authentication.principal;
  }

  /** The rest of the request runs as the user who has just signed in. */
  signedInAs(principal: Principal): void {
    this.authenticated = { principal };
  }
}

export function unauthenticated(reason: UnauthenticatedReason): AuthError {
  return new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason });
}
