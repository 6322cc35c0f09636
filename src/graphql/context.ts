import type { UnauthenticatedReason } from '../platform/error.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { Principal, RequestOrigin } from '../platform/principal.js';

/** Who asks: a signed-in user, or nobody and why. */
export type Viewer =
  | { readonly principal: Principal }
  | { readonly principal: null; readonly reason: UnauthenticatedReason };

/** Finds out who a bearer token stands for; the sessions' own. */
export type Authenticate = (authorization: string | undefined) => Promise<Viewer>;

export interface CookieOptions {
  /** Seconds to live; without it the browser forgets the cookie when it closes. */
  readonly maxAge?: number;
}

/** Cookies by their plain names; prefix, flags and foreign origins are the HTTP side's. */
export interface Cookies {
  get(name: string): string | undefined;
  set(name: string, value: string, options?: CookieOptions): void;
  clear(name: string): void;
}

/** What the request log and the latency metric say of a request. Nothing in it is text of the client. */
export interface RequestReport {
  /** The operation's root field by its name in the schema, `several`, or `introspection`. */
  operation?: string;
  /** The code of the first error; undefined if there is none. */
  outcome?: string;
  userId?: string;
}

export interface RequestFacts {
  readonly requestId: string;
  /** Worked out when it is asked for: most reads never do. */
  client(): RequestOrigin;
  readonly cookies: Cookies;
  readonly authorization: string | undefined;
  /** What the caller sent in `x-router-secret`. */
  readonly routerSecret: string | undefined;
  /** Filled in while the request is executed, for the request log. */
  readonly report: RequestReport;
}

/**
 * One request. Who asks is found out when the first field wants to know, and once. Apollo copies the object
 * field by field, so that it can have no `#private` ones.
 */
export class GatewayContext {
  /** Who asks, once that is known. */
  known: Viewer | undefined;
  private asking: Promise<Viewer> | undefined;

  constructor(
    private readonly facts: RequestFacts,
    private readonly authenticate: Authenticate,
  ) {}

  get requestId(): string {
    return this.facts.requestId;
  }

  get client(): RequestOrigin {
    return this.facts.client();
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

  viewer(): Promise<Viewer> {
    if (this.known !== undefined) return Promise.resolve(this.known);
    this.asking ??= this.authenticate(this.facts.authorization).then((viewer) => {
      this.known ??= viewer;
      return this.known;
    });
    return this.asking;
  }

  /** @throws AuthError UNAUTHENTICATED */
  async principal(): Promise<Principal> {
    const viewer = await this.viewer();
    if (viewer.principal === null) throw unauthenticated(viewer.reason);
    return viewer.principal;
  }

  /** From here on, the caller counts as the user who has just signed in. */
  signedInAs(principal: Principal): void {
    this.known = { principal };
  }
}

export function unauthenticated(reason: UnauthenticatedReason): AuthError {
  return new AuthError(AuthErrorCode.UNAUTHENTICATED, { reason });
}
