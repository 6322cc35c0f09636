/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The kinds of events that the security log records. */
export type AuditEventType =
  /** Failed sign-ins locked the account, or one known device of it. */
  | 'ACCOUNT_LOCKED'
  /** An admin lifted the locks of the account. */
  | 'ACCOUNT_UNLOCKED'
  /** The email address of the account changed, by the user, by staff or by an admin. */
  | 'EMAIL_CHANGED'
  /** The user proved that the mailbox is theirs by a link from a mail. details.accountExisted is true if it was no pending registration before. details.roleRefused is a granted role that did not take effect. */
  | 'EMAIL_VERIFIED'
  /** An account at the identity provider details.provider can sign in as the user from now on. */
  | 'IDENTITY_LINKED'
  /** The account at the identity provider details.provider can no longer sign in as the user. */
  | 'IDENTITY_UNLINKED'
  /** The user signed out of the session details.session, or of all sessions if details.everywhere is true. */
  | 'LOGGED_OUT'
  /** A sign-in failed because of a wrong identifier or password, or a wrong passkey (details.method). The subject is null if no account was found. details.reason SIGNATURE_COUNTER means that the key of details.passkey may have been copied. */
  | 'LOGIN_FAILED'
  /** The user signed in with all factors that the account needs. */
  | 'LOGIN_SUCCEEDED'
  /** The user registered the passkey details.name. */
  | 'PASSKEY_ADDED'
  /** The passkey details.name was removed by the user, or by an admin with all second factors. */
  | 'PASSKEY_REMOVED'
  /** The user changed their password. All other sessions ended. */
  | 'PASSWORD_CHANGED'
  /** The password was set by the link of a reset or an invitation. All sessions ended. */
  | 'PASSWORD_RESET'
  /** Somebody requested a link to reset the password of the account. */
  | 'PASSWORD_RESET_REQUESTED'
  /** The user changed their username or display name. details.changed names the fields. */
  | 'PROFILE_UPDATED'
  /** The user authenticated again in the session details.session, by the methods details.amr (RFC 8176). */
  | 'REAUTHENTICATED'
  /** The user replaced all recovery codes. */
  | 'RECOVERY_CODES_REGENERATED'
  /** A recovery code was used up. */
  | 'RECOVERY_CODE_USED'
  /** The role of the user changed from details.from to details.to. All sessions ended. */
  | 'ROLE_CHANGED'
  /** The user or an admin ended the session details.session, or as many sessions as details.ended says. */
  | 'SESSION_REVOKED'
  /** A refresh token was exchanged for the next one. */
  | 'TOKEN_REFRESHED'
  /** An old refresh token was used after its grace period. The session details.session ended. */
  | 'TOKEN_REUSED'
  /** The second factor was removed: by the user, by an admin or the operator, or at the first proof of the email address. */
  | 'TWO_FACTOR_DISABLED'
  /** The user confirmed the setup of the second factor. */
  | 'TWO_FACTOR_ENABLED'
  /** A wrong second-factor code was entered. The actor is null if it was entered at a sign-in. */
  | 'TWO_FACTOR_FAILED'
  /** The user started the setup of a second factor, which is not in effect yet. */
  | 'TWO_FACTOR_SETUP_STARTED'
  /** An admin or the operator activated the account. */
  | 'USER_ACTIVATED'
  /** An admin or the operator created the account and invited the user. */
  | 'USER_CREATED'
  /** An admin deactivated the account. All sessions ended. */
  | 'USER_DEACTIVATED'
  /** Somebody registered, by a form or by an identity provider (details.provider). details.accountCreated is true if the account exists at once, without the proof of an address; with an identity provider it always does. details.role is a role that an admin gave at the registration. */
  | 'USER_REGISTERED'
  /** Staff, an admin or the operator changed the account. details.changed names the fields. */
  | 'USER_UPDATED';

/** The input of changeEmail. */
export type ChangeEmailInput = {
  /** The new email address. It must differ from the current one. */
  newEmail: string;
  /** The current password. Not needed if the session has authenticated recently (see recentAuth). */
  password?: string | null | undefined;
};

/** The input of changePassword. */
export type ChangePasswordInput = {
  /** The new password again. BAD_USER_INPUT if it differs. */
  confirmPassword: string;
  /** The current password. Left out only if the account has none and the session has authenticated recently (see recentAuth). */
  currentPassword?: string | null | undefined;
  /** The new password: 12 to 256 characters, not easy to guess, without the username or the part of the email address before the "@". It must differ from the current one. */
  newPassword: string;
};

/** The input of disableTwoFactor and regenerateRecoveryCodes. The code is always checked, and the password unless the session has authenticated recently. */
export type ConfirmTwoFactorInput = {
  /** A TOTP code or a recovery code. Spaces and dashes are ignored. */
  code: string;
  /** The current password. Not needed if the session has authenticated recently (see recentAuth). */
  password?: string | null | undefined;
};

/** The input of finishPasskeyRegistration. */
export type FinishPasskeyRegistrationInput = {
  /** The token that startPasskeyRegistration returned. */
  challengeToken: string;
  /** JSON text of the RegistrationResponseJSON: JSON.stringify of the credential that navigator.credentials.create returned. */
  credential: string;
  /** A name for the passkey, up to 100 characters. Without it, the gateway chooses one. */
  name?: string | null | undefined;
};

/** The input of updateProfile. A field that is left out stays as it is. */
export type UpdateProfileInput = {
  /** The new display name: up to 100 characters in any script. Null or empty text removes it. */
  displayName?: string | null | undefined;
  /** The new username: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case. It cannot be null. */
  username?: string | null | undefined;
};

export type AccountQueryVariables = Exact<{ [key: string]: never; }>;


export type AccountQuery = { identityProviders: Array<{ id: string, name: string }>, me: { id: string, username: string, displayName: string | null, email: string | null, emailVerified: boolean | null, hasPassword: boolean | null, twoFactorEnabled: boolean | null, passkeys: Array<{ id: string, name: string, backedUp: boolean, createdAt: string, lastUsedAt: string | null }> | null, identities: Array<{ id: string, email: string | null, createdAt: string, lastUsedAt: string | null, provider: { id: string, name: string } }> | null, sessions: Array<{ id: string, current: boolean, userAgent: string | null, ipAddress: string | null, createdAt: string, lastUsedAt: string, expiresAt: string, remembered: boolean }> | null } | null };

export type ActivityQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  types?: Array<AuditEventType> | AuditEventType | null | undefined;
}>;


export type ActivityQuery = { me: { id: string, securityEvents: { nodes: Array<{ id: string, type: AuditEventType, createdAt: string, details: string | null, ipAddress: string | null, userAgent: string | null, actor: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type UpdateProfileMutationVariables = Exact<{
  input: UpdateProfileInput;
}>;


export type UpdateProfileMutation = { updateProfile: { id: string } };

export type ChangeEmailMutationVariables = Exact<{
  input: ChangeEmailInput;
}>;


export type ChangeEmailMutation = { changeEmail: { success: boolean } };

export type ChangePasswordMutationVariables = Exact<{
  input: ChangePasswordInput;
}>;


export type ChangePasswordMutation = { changePassword: { success: boolean } };

export type SetupTwoFactorMutationVariables = Exact<{ [key: string]: never; }>;


export type SetupTwoFactorMutation = { setupTwoFactor: { qrCode: string, otpauthUri: string, secretKey: string, recoveryCodes: Array<string>, expiresAt: string } };

export type EnableTwoFactorMutationVariables = Exact<{
  code: string;
}>;


export type EnableTwoFactorMutation = { enableTwoFactor: { id: string } };

export type DisableTwoFactorMutationVariables = Exact<{
  input: ConfirmTwoFactorInput;
}>;


export type DisableTwoFactorMutation = { disableTwoFactor: { id: string } };

export type RegenerateRecoveryCodesMutationVariables = Exact<{
  input: ConfirmTwoFactorInput;
}>;


export type RegenerateRecoveryCodesMutation = { regenerateRecoveryCodes: { recoveryCodes: Array<string> } };

export type StartPasskeyRegistrationMutationVariables = Exact<{ [key: string]: never; }>;


export type StartPasskeyRegistrationMutation = { startPasskeyRegistration: { challengeToken: string, options: string } };

export type FinishPasskeyRegistrationMutationVariables = Exact<{
  input: FinishPasskeyRegistrationInput;
}>;


export type FinishPasskeyRegistrationMutation = { finishPasskeyRegistration: { id: string } };

export type RenamePasskeyMutationVariables = Exact<{
  id: string | number;
  name: string;
}>;


export type RenamePasskeyMutation = { renamePasskey: { id: string } };

export type RemovePasskeyMutationVariables = Exact<{
  id: string | number;
}>;


export type RemovePasskeyMutation = { removePasskey: { success: boolean } };

export type UnlinkIdentityMutationVariables = Exact<{
  id: string | number;
}>;


export type UnlinkIdentityMutation = { unlinkIdentity: { success: boolean } };

export type RevokeSessionMutationVariables = Exact<{
  id: string | number;
}>;


export type RevokeSessionMutation = { revokeSession: { success: boolean } };

export type RevokeOtherSessionsMutationVariables = Exact<{ [key: string]: never; }>;


export type RevokeOtherSessionsMutation = { revokeOtherSessions: { success: boolean } };

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

export const AccountDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Account {
  identityProviders {
    id
    name
  }
  me {
    id
    username
    displayName
    email
    emailVerified
    hasPassword
    twoFactorEnabled
    passkeys {
      id
      name
      backedUp
      createdAt
      lastUsedAt
    }
    identities {
      id
      email
      createdAt
      lastUsedAt
      provider {
        id
        name
      }
    }
    sessions {
      id
      current
      userAgent
      ipAddress
      createdAt
      lastUsedAt
      expiresAt
      remembered
    }
  }
}
    `) as unknown as TypedDocumentString<AccountQuery, AccountQueryVariables>;
export const ActivityDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Activity($first: Int!, $after: String, $types: [AuditEventType!]) {
  me {
    id
    securityEvents(first: $first, after: $after, types: $types) {
      nodes {
        id
        type
        createdAt
        details
        ipAddress
        userAgent
        actor {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ActivityQuery, ActivityQueryVariables>;
export const UpdateProfileDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UpdateProfile($input: UpdateProfileInput!) {
  updateProfile(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<UpdateProfileMutation, UpdateProfileMutationVariables>;
export const ChangeEmailDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ChangeEmail($input: ChangeEmailInput!) {
  changeEmail(input: $input) {
    success
  }
}
    `) as unknown as TypedDocumentString<ChangeEmailMutation, ChangeEmailMutationVariables>;
export const ChangePasswordDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ChangePassword($input: ChangePasswordInput!) {
  changePassword(input: $input) {
    success
  }
}
    `) as unknown as TypedDocumentString<ChangePasswordMutation, ChangePasswordMutationVariables>;
export const SetupTwoFactorDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation SetupTwoFactor {
  setupTwoFactor(input: {}) {
    qrCode
    otpauthUri
    secretKey
    recoveryCodes
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<SetupTwoFactorMutation, SetupTwoFactorMutationVariables>;
export const EnableTwoFactorDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation EnableTwoFactor($code: String!) {
  enableTwoFactor(code: $code) {
    id
  }
}
    `) as unknown as TypedDocumentString<EnableTwoFactorMutation, EnableTwoFactorMutationVariables>;
export const DisableTwoFactorDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation DisableTwoFactor($input: ConfirmTwoFactorInput!) {
  disableTwoFactor(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<DisableTwoFactorMutation, DisableTwoFactorMutationVariables>;
export const RegenerateRecoveryCodesDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RegenerateRecoveryCodes($input: ConfirmTwoFactorInput!) {
  regenerateRecoveryCodes(input: $input) {
    recoveryCodes
  }
}
    `) as unknown as TypedDocumentString<RegenerateRecoveryCodesMutation, RegenerateRecoveryCodesMutationVariables>;
export const StartPasskeyRegistrationDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation StartPasskeyRegistration {
  startPasskeyRegistration(input: {}) {
    challengeToken
    options
  }
}
    `) as unknown as TypedDocumentString<StartPasskeyRegistrationMutation, StartPasskeyRegistrationMutationVariables>;
export const FinishPasskeyRegistrationDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation FinishPasskeyRegistration($input: FinishPasskeyRegistrationInput!) {
  finishPasskeyRegistration(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<FinishPasskeyRegistrationMutation, FinishPasskeyRegistrationMutationVariables>;
export const RenamePasskeyDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RenamePasskey($id: ID!, $name: String!) {
  renamePasskey(id: $id, name: $name) {
    id
  }
}
    `) as unknown as TypedDocumentString<RenamePasskeyMutation, RenamePasskeyMutationVariables>;
export const RemovePasskeyDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RemovePasskey($id: ID!) {
  removePasskey(id: $id) {
    success
  }
}
    `) as unknown as TypedDocumentString<RemovePasskeyMutation, RemovePasskeyMutationVariables>;
export const UnlinkIdentityDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UnlinkIdentity($id: ID!) {
  unlinkIdentity(id: $id) {
    success
  }
}
    `) as unknown as TypedDocumentString<UnlinkIdentityMutation, UnlinkIdentityMutationVariables>;
export const RevokeSessionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RevokeSession($id: ID!) {
  revokeSession(id: $id) {
    success
  }
}
    `) as unknown as TypedDocumentString<RevokeSessionMutation, RevokeSessionMutationVariables>;
export const RevokeOtherSessionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RevokeOtherSessions {
  revokeOtherSessions {
    success
  }
}
    `) as unknown as TypedDocumentString<RevokeOtherSessionsMutation, RevokeOtherSessionsMutationVariables>;