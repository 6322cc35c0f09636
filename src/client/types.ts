import type { TwoFactorMethod } from './generated/enums.js';
import type { TypedDocumentString } from './generated/operations.js';

export type { AuthErrorCode, TwoFactorMethod } from './generated/enums.js';

/** An operation, with the types of its result and its variables. */
export type TypedDocument<T, V> = Pick<TypedDocumentString<T, V>, '__apiType' | 'toString'>;

export interface RefreshTokenStorage {
  get(): Promise<string | null>;
  set(token: string | null): Promise<void>;
}

export interface AuthClientOptions {
  /** The gateway's endpoint, `https://…/graphql`. In a browser it may be relative to the page. */
  url: string;
  /** `cookie` (default): the refresh token is in an HttpOnly cookie. `body`: it is in `storage`, for native apps and Node. */
  delivery?: 'cookie' | 'body';
  /** Only with `body`. By default the memory of the process. */
  storage?: RefreshTokenStorage;
  /** Subscribes to the end of the session, if the platform has a WebSocket. */
  live?: boolean;
  fetch?: typeof fetch;
}

export type SignedOutReason = 'signedOut' | 'expired' | 'revoked';

export type SignedIn = {
  status: 'signedIn';
  user: { id: string; username: string };
  sessionId: string;
};

export type AuthState =
  /** Before the first answer of the gateway. */
  | { status: 'unknown' }
  /** Without a reason if nobody was signed in before. */
  | { status: 'signedOut'; reason?: SignedOutReason }
  | { status: 'secondFactor'; methods: TwoFactorMethod[]; expiresAt: Date }
  | SignedIn;

/** An answer that says that the access token is not valid. */
export interface Refusal {
  /** Whether a new token can help. */
  readonly isExpiry: boolean;
  /** Why the user is signed out if a new token does not help. Undefined if nobody is signed out by this answer. */
  readonly signsOut?: SignedOutReason;
}

export interface SignInInput {
  /** A username or an email address. */
  identifier: string;
  password: string;
  rememberMe?: boolean;
}

/** The functions do not use `this`: `const { fetch } = client` works. */
export interface AuthClient {
  /** The same object until the state changes. */
  readonly state: AuthState;
  /** Calls the listener after each change of the state. Returns a function that removes it. */
  subscribe(listener: (state: AuthState) => void): () => void;
  /**
   * Finds out, by the cookie or the storage, whether somebody is signed in.
   * @throws AuthError if the gateway is unavailable for 30 s; the state does not change
   */
  start(): Promise<AuthState>;
  /** @throws AuthError if the gateway refuses the sign-in */
  signIn(input: SignInInput): Promise<AuthState>;
  /**
   * Signs in with a passkey, which the browser lets the user choose.
   * @throws AuthError if the gateway refuses the sign-in
   * @throws DOMException NotAllowedError if the user cancels or has no passkey
   */
  signInWithPasskey(input?: { rememberMe?: boolean }): Promise<AuthState>;
  /**
   * Leaves the page for an identity provider. The gateway then sends the browser to the page `/signed-in` of the front end.
   * @param returnTo a path, which that page gets as `return_to`
   * @throws AuthError if the gateway or the provider is unavailable
   */
  signInWithProvider(provider: string, returnTo?: string): Promise<never>;
  /**
   * Leaves the page like `signInWithProvider`, but `finishProviderSignIn` then links the account at the provider to the
   * signed-in user.
   * @throws AuthError also REAUTHENTICATION_REQUIRED
   */
  linkProvider(provider: string, returnTo?: string): Promise<never>;
  /**
   * Completes the sign-in on the page `/signed-in`, in the same tab. Call it once. Removes `code` and `error` from the
   * address of the page.
   * @param url by default the address of the page
   * @throws AuthError the error in the address (UNAUTHENTICATED: the user cancelled), or the refusal of the gateway, such as ACCOUNT_EXISTS. TOKEN_INVALID: start the sign-in again
   */
  finishProviderSignIn(url?: string): Promise<AuthState>;
  /**
   * Completes a sign-in in the state `secondFactor` with a TOTP code or a recovery code, or with a passkey if it is among
   * the methods.
   * @throws AuthError INVALID_TWO_FACTOR_CODE: ask for another code. TOKEN_INVALID: the sign-in has expired, start again
   * @throws DOMException NotAllowedError if the user cancels
   */
  verifyTwoFactor(proof: string | { passkey: true }): Promise<AuthState>;
  /**
   * Proves again who the user is, for operations that answer REAUTHENTICATION_REQUIRED. All tabs then use the new token.
   * @throws AuthError INVALID_CREDENTIALS, INVALID_TWO_FACTOR_CODE, ACCOUNT_LOCKED
   * @throws DOMException NotAllowedError if the user cancels
   */
  reauthenticate(proof: { password: string } | { code: string } | { passkey: true }): Promise<void>;
  /**
   * Ends the session, or with `everywhere` all sessions of the user.
   * @throws AuthError if the gateway is unavailable; the user is still signed in
   */
  signOut(options?: { everywhere?: boolean }): Promise<void>;
  /**
   * A token that lasts at least 30 s, or a new one if the gateway gives shorter lives. Null if nobody is signed in.
   * @throws AuthError if a refresh is needed and fails for 30 s; the user is still signed in
   */
  accessToken(): Promise<string | null>;
  /**
   * `fetch` with the access token. Repeats the request once with a new token if the token has expired. The token goes
   * to every address that you call: call only services of your platform. A request that has a header `authorization`
   * keeps it.
   * @throws AuthError like `accessToken`, and UNAUTHENTICATED if another user has signed in meanwhile, for example in
   * another front end of the site. The state has changed to that user, and the request was not sent for them
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * Runs an operation of the gateway with the access token. Takes a document that GraphQL Code Generator made with
   * `documentMode: string`.
   * @throws AuthError the first error of the answer
   */
  request<T, V>(document: TypedDocument<T, V>, variables: NoInfer<V>): Promise<T>;
  /**
   * The rule behind `fetch`, for other ways to send a request: sends with a token, and once more with a new token if the
   * answer says that the token has expired. Ends the state `signedIn` if the answer says that the session is over.
   * @throws AuthError UNAUTHENTICATED if another user has signed in meanwhile: nothing is sent with that user's token
   */
  authorize<T>(
    send: (token: string | null) => Promise<T>,
    refusalOf: (answer: T) => Refusal | undefined | Promise<Refusal | undefined>,
  ): Promise<T>;
  /** Releases listeners, timers, the channel to other tabs and the socket. Does not sign out. */
  close(): void;
}
