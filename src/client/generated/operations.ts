/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The input of finishPasskeySignIn. */
export type FinishPasskeySignInInput = {
  /** The token that startPasskeySignIn returned. */
  challengeToken: string;
  /** JSON text of the AuthenticationResponseJSON: JSON.stringify of the credential that navigator.credentials.get returned. */
  credential: string;
  /** True gives the session a longer life (30 days instead of 7 by default) and keeps the cookie after the browser is closed. */
  rememberMe?: boolean;
  /** How the client receives the refresh token. */
  tokenDelivery?: TokenDelivery;
};

/** The input of finishProviderSignIn. */
export type FinishProviderSignInInput = {
  /** The code in the URL of the page /signed-in. It works once, within a minute. */
  code: string;
  /** The verifier whose hash was the codeChallenge. A wrong one uses up the code. */
  codeVerifier: string;
  /** True gives the session a longer life (30 days instead of 7 by default) and keeps the cookie after the browser is closed. */
  rememberMe?: boolean;
  /** How the client receives the refresh token. verifyTwoFactor uses the same choice. */
  tokenDelivery?: TokenDelivery;
};

/** The input of login. */
export type LoginInput = {
  /** A username or an email address, in any letter case. */
  identifier: string;
  /** The password, exactly as the user typed it. */
  password: string;
  /** True gives the session a longer life (30 days instead of 7 by default) and keeps the cookie after the browser is closed. */
  rememberMe?: boolean;
  /** How the client receives the refresh token. verifyTwoFactor uses the same choice. */
  tokenDelivery?: TokenDelivery;
};

/** The input of reauthenticate: exactly one of password, code and credential. If the account has a second factor, the password alone is not enough. */
export type ReauthenticateInput = {
  /** The challenge token of the ceremony that the credential answers. */
  challengeToken?: string | null | undefined;
  /** A TOTP code or a recovery code. Spaces and dashes are ignored. */
  code?: string | null | undefined;
  /** JSON text of the AuthenticationResponseJSON that a passkey gave. */
  credential?: string | null | undefined;
  /** The current password of the caller. */
  password?: string | null | undefined;
};

/** The operation that ended a session, or its expiry. */
export type SessionEndReason =
  /** An admin deactivated the account. */
  | 'DEACTIVATED'
  /** The session reached its expiry. */
  | 'EXPIRED'
  /** The user signed out, on this device or everywhere. */
  | 'LOGGED_OUT'
  /** The user changed the password in another session. */
  | 'PASSWORD_CHANGED'
  /** The password was reset by a link. */
  | 'PASSWORD_RESET'
  /** The user or an admin ended the session. Also: the user signed in on more devices than the maximum, or the account was deleted. */
  | 'REVOKED'
  /** The role of the user was changed. */
  | 'ROLE_CHANGED'
  /** An old refresh token was used after its grace period: somebody has a copy of it. */
  | 'TOKEN_REUSED';

/** The input of startProviderSignIn and linkIdentity. */
export type StartProviderSignInInput = {
  /** BASE64URL(SHA256(verifier)) of a random verifier that only the caller knows (RFC 7636 S256): 43 characters. finishProviderSignIn needs the verifier. */
  codeChallenge: string;
  /** The id of the provider, as identityProviders lists it. */
  provider: string | number;
  /** The path of the front end to go to afterwards: it begins with one "/" and has up to 1,024 characters. The page /signed-in gets it back as return_to. */
  returnTo?: string | null | undefined;
};

/** How the client receives its refresh token. */
export type TokenDelivery =
  /** In the field refreshToken of the answer. For clients that can store a secret, such as mobile apps. */
  | 'BODY'
  /** In an HttpOnly cookie that scripts cannot read. For browsers. */
  | 'COOKIE';

/** A way to prove the second factor. */
export type TwoFactorMethod =
  /** One of the passkeys of the user, in place of a code; listed only if the user has any. */
  | 'PASSKEY'
  /** One of the recovery codes. Each works once; listed only if the user has any left. */
  | 'RECOVERY_CODE'
  /** A code of six digits from an authenticator app. A code changes every 30 seconds and works once. */
  | 'TOTP';

/** The input of verifyTwoFactor: either a code or a credential. */
export type VerifyTwoFactorInput = {
  /** The token of the TwoFactorChallenge. */
  challengeToken: string;
  /** A TOTP code or a recovery code. Spaces and dashes are ignored. */
  code?: string | null | undefined;
  /** JSON text of the AuthenticationResponseJSON that a passkey gave to passkeyOptions of the challenge. */
  credential?: string | null | undefined;
};

export type SignedInFragment = { accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } };

type Result_AuthPayload_Fragment = { accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } };

type Result_TwoFactorChallenge_Fragment = { challengeToken: string, methods: Array<TwoFactorMethod>, expiresAt: string, options: string | null };

export type ResultFragment =
  | Result_AuthPayload_Fragment
  | Result_TwoFactorChallenge_Fragment
;

export type SignInMutationVariables = Exact<{
  input: LoginInput;
}>;


export type SignInMutation = { login:
    | { accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } }
    | { challengeToken: string, methods: Array<TwoFactorMethod>, expiresAt: string, options: string | null }
   };

export type StartPasskeySignInMutationVariables = Exact<{ [key: string]: never; }>;


export type StartPasskeySignInMutation = { startPasskeySignIn: { challengeToken: string, options: string } };

export type FinishPasskeySignInMutationVariables = Exact<{
  input: FinishPasskeySignInInput;
}>;


export type FinishPasskeySignInMutation = { finishPasskeySignIn: { accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } } };

export type StartProviderSignInMutationVariables = Exact<{
  input: StartProviderSignInInput;
}>;


export type StartProviderSignInMutation = { startProviderSignIn: { authorizationUrl: string } };

export type LinkIdentityMutationVariables = Exact<{
  input: StartProviderSignInInput;
}>;


export type LinkIdentityMutation = { linkIdentity: { authorizationUrl: string } };

export type FinishProviderSignInMutationVariables = Exact<{
  input: FinishProviderSignInInput;
}>;


export type FinishProviderSignInMutation = { finishProviderSignIn:
    | { accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } }
    | { challengeToken: string, methods: Array<TwoFactorMethod>, expiresAt: string, options: string | null }
   };

export type VerifyTwoFactorMutationVariables = Exact<{
  input: VerifyTwoFactorInput;
}>;


export type VerifyTwoFactorMutation = { verifyTwoFactor: { accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } } };

export type StartPasskeyReauthenticationMutationVariables = Exact<{ [key: string]: never; }>;


export type StartPasskeyReauthenticationMutation = { startPasskeyReauthentication: { challengeToken: string, options: string } };

export type ReauthenticateMutationVariables = Exact<{
  input: ReauthenticateInput;
}>;


export type ReauthenticateMutation = { reauthenticate: { accessToken: string, expiresIn: number } };

export type RefreshMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
}>;


export type RefreshMutation = { refreshToken: { accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } } };

export type SignOutMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
  everywhere: boolean;
}>;


export type SignOutMutation = { logout: { success: boolean } };

export type SessionEndedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type SessionEndedSubscription = { sessionEnded: { sessionId: string, reason: SessionEndReason } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const SignedInFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment SignedIn on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  session {
    id
  }
  user {
    id
    username
  }
}
    `, {"fragmentName":"SignedIn"}) as unknown as TypedDocumentString<SignedInFragment, unknown>;
export const ResultFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Result on LoginResult {
  ... on AuthPayload {
    ...SignedIn
  }
  ... on TwoFactorChallenge {
    challengeToken
    methods
    options: passkeyOptions
    expiresAt
  }
}
    fragment SignedIn on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  session {
    id
  }
  user {
    id
    username
  }
}`, {"fragmentName":"Result"}) as unknown as TypedDocumentString<ResultFragment, unknown>;
export const SignInDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation SignIn($input: LoginInput!) {
  login(input: $input) {
    ...Result
  }
}
    fragment SignedIn on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  session {
    id
  }
  user {
    id
    username
  }
}
fragment Result on LoginResult {
  ... on AuthPayload {
    ...SignedIn
  }
  ... on TwoFactorChallenge {
    challengeToken
    methods
    options: passkeyOptions
    expiresAt
  }
}`) as unknown as TypedDocumentString<SignInMutation, SignInMutationVariables>;
export const StartPasskeySignInDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation StartPasskeySignIn {
  startPasskeySignIn {
    challengeToken
    options
  }
}
    `) as unknown as TypedDocumentString<StartPasskeySignInMutation, StartPasskeySignInMutationVariables>;
export const FinishPasskeySignInDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation FinishPasskeySignIn($input: FinishPasskeySignInInput!) {
  finishPasskeySignIn(input: $input) {
    ...SignedIn
  }
}
    fragment SignedIn on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  session {
    id
  }
  user {
    id
    username
  }
}`) as unknown as TypedDocumentString<FinishPasskeySignInMutation, FinishPasskeySignInMutationVariables>;
export const StartProviderSignInDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation StartProviderSignIn($input: StartProviderSignInInput!) {
  startProviderSignIn(input: $input) {
    authorizationUrl
  }
}
    `) as unknown as TypedDocumentString<StartProviderSignInMutation, StartProviderSignInMutationVariables>;
export const LinkIdentityDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation LinkIdentity($input: StartProviderSignInInput!) {
  linkIdentity(input: $input) {
    authorizationUrl
  }
}
    `) as unknown as TypedDocumentString<LinkIdentityMutation, LinkIdentityMutationVariables>;
export const FinishProviderSignInDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation FinishProviderSignIn($input: FinishProviderSignInInput!) {
  finishProviderSignIn(input: $input) {
    ...Result
  }
}
    fragment SignedIn on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  session {
    id
  }
  user {
    id
    username
  }
}
fragment Result on LoginResult {
  ... on AuthPayload {
    ...SignedIn
  }
  ... on TwoFactorChallenge {
    challengeToken
    methods
    options: passkeyOptions
    expiresAt
  }
}`) as unknown as TypedDocumentString<FinishProviderSignInMutation, FinishProviderSignInMutationVariables>;
export const VerifyTwoFactorDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation VerifyTwoFactor($input: VerifyTwoFactorInput!) {
  verifyTwoFactor(input: $input) {
    ...SignedIn
  }
}
    fragment SignedIn on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  session {
    id
  }
  user {
    id
    username
  }
}`) as unknown as TypedDocumentString<VerifyTwoFactorMutation, VerifyTwoFactorMutationVariables>;
export const StartPasskeyReauthenticationDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation StartPasskeyReauthentication {
  startPasskeyReauthentication {
    challengeToken
    options
  }
}
    `) as unknown as TypedDocumentString<StartPasskeyReauthenticationMutation, StartPasskeyReauthenticationMutationVariables>;
export const ReauthenticateDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation Reauthenticate($input: ReauthenticateInput!) {
  reauthenticate(input: $input) {
    accessToken
    expiresIn
  }
}
    `) as unknown as TypedDocumentString<ReauthenticateMutation, ReauthenticateMutationVariables>;
export const RefreshDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation Refresh($refreshToken: String) {
  refreshToken(refreshToken: $refreshToken) {
    ...SignedIn
  }
}
    fragment SignedIn on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  session {
    id
  }
  user {
    id
    username
  }
}`) as unknown as TypedDocumentString<RefreshMutation, RefreshMutationVariables>;
export const SignOutDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation SignOut($refreshToken: String, $everywhere: Boolean!) {
  logout(refreshToken: $refreshToken, everywhere: $everywhere) {
    success
  }
}
    `) as unknown as TypedDocumentString<SignOutMutation, SignOutMutationVariables>;
export const SessionEndedDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription SessionEnded {
  sessionEnded {
    sessionId
    reason
  }
}
    `) as unknown as TypedDocumentString<SessionEndedSubscription, SessionEndedSubscriptionVariables>;