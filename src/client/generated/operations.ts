/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type SignInMutationVariables = Exact<{
  input: LoginInput;
}>;


export type SignInMutation = { login:
    | { __typename: 'AuthPayload', accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } }
    | { __typename: 'TwoFactorChallenge', challengeToken: string, methods: Array<TwoFactorMethod>, expiresAt: string }
   };

export type VerifyTwoFactorMutationVariables = Exact<{
  input: VerifyTwoFactorInput;
}>;


export type VerifyTwoFactorMutation = { verifyTwoFactor: { accessToken: string, expiresIn: number, refreshToken: string | null, session: { id: string }, user: { id: string, username: string } } };

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
export const SignedInFragmentDoc = new TypedDocumentString(`
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
export const SignInDocument = new TypedDocumentString(`
    mutation SignIn($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on AuthPayload {
      ...SignedIn
    }
    ... on TwoFactorChallenge {
      challengeToken
      methods
      expiresAt
    }
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
}`) as unknown as TypedDocumentString<SignInMutation, SignInMutationVariables>;
export const VerifyTwoFactorDocument = new TypedDocumentString(`
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
export const RefreshDocument = new TypedDocumentString(`
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
export const SignOutDocument = new TypedDocumentString(`
    mutation SignOut($refreshToken: String, $everywhere: Boolean!) {
  logout(refreshToken: $refreshToken, everywhere: $everywhere) {
    success
  }
}
    `) as unknown as TypedDocumentString<SignOutMutation, SignOutMutationVariables>;
export const SessionEndedDocument = new TypedDocumentString(`
    subscription SessionEnded {
  sessionEnded {
    sessionId
    reason
  }
}
    `) as unknown as TypedDocumentString<SessionEndedSubscription, SessionEndedSubscriptionVariables>;