/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The input of register. */
export type RegisterInput = {
  /** The password again. BAD_USER_INPUT if it differs. */
  confirmPassword: string;
  /** The name to show to other people: up to 100 characters in any script. Null for none. */
  displayName?: string | null | undefined;
  /** The email address that the verification link is sent to. */
  email: string;
  /** The password: 12 to 256 characters, not easy to guess, without the username or the part of the email address before the "@". */
  password: string;
  /** The role of the new account. STAFF and ADMIN are FORBIDDEN unless an admin is signed in, and take effect when the address is verified. */
  role?: Role | null | undefined;
  /** The username: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case. */
  username: string;
};

/** The input of resetPassword. */
export type ResetPasswordInput = {
  /** The new password again. BAD_USER_INPUT if it differs. */
  confirmPassword: string;
  /** The new password: 12 to 256 characters, not easy to guess, without the username or the part of the email address before the "@". */
  newPassword: string;
  /** The token from the link in the mail of a password reset or an invitation. */
  token: string;
};

/** The role of a user. Each role includes the rights of the roles before it. */
export type Role =
  /** May run every operation, including those on staff and other admins. */
  | 'ADMIN'
  /** A user without rights over other accounts. Every new account has this role by default. */
  | 'CUSTOMER'
  /** May read the accounts of all users and edit those of customers. */
  | 'STAFF';

export type IdentityProvidersQueryVariables = Exact<{ [key: string]: never; }>;


export type IdentityProvidersQuery = { identityProviders: Array<{ id: string, name: string }> };

export type RegisterMutationVariables = Exact<{
  input: RegisterInput;
}>;


export type RegisterMutation = { register: { verificationRequired: boolean } };

export type ResendVerificationEmailMutationVariables = Exact<{
  email: string;
}>;


export type ResendVerificationEmailMutation = { resendVerificationEmail: { success: boolean } };

export type VerifyEmailMutationVariables = Exact<{
  token: string;
  password?: string | null | undefined;
}>;


export type VerifyEmailMutation = { verifyEmail: { email: string } };

export type RequestPasswordResetMutationVariables = Exact<{
  email: string;
}>;


export type RequestPasswordResetMutation = { requestPasswordReset: { success: boolean } };

export type ResetPasswordMutationVariables = Exact<{
  input: ResetPasswordInput;
}>;


export type ResetPasswordMutation = { resetPassword: { success: boolean } };

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

export const IdentityProvidersDocument = /*#__PURE__*/ new TypedDocumentString(`
    query IdentityProviders {
  identityProviders {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<IdentityProvidersQuery, IdentityProvidersQueryVariables>;
export const RegisterDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation Register($input: RegisterInput!) {
  register(input: $input) {
    verificationRequired
  }
}
    `) as unknown as TypedDocumentString<RegisterMutation, RegisterMutationVariables>;
export const ResendVerificationEmailDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ResendVerificationEmail($email: String!) {
  resendVerificationEmail(email: $email) {
    success
  }
}
    `) as unknown as TypedDocumentString<ResendVerificationEmailMutation, ResendVerificationEmailMutationVariables>;
export const VerifyEmailDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation VerifyEmail($token: String!, $password: String) {
  verifyEmail(token: $token, password: $password) {
    email
  }
}
    `) as unknown as TypedDocumentString<VerifyEmailMutation, VerifyEmailMutationVariables>;
export const RequestPasswordResetDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RequestPasswordReset($email: String!) {
  requestPasswordReset(email: $email) {
    success
  }
}
    `) as unknown as TypedDocumentString<RequestPasswordResetMutation, RequestPasswordResetMutationVariables>;
export const ResetPasswordDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation ResetPassword($input: ResetPasswordInput!) {
  resetPassword(input: $input) {
    success
  }
}
    `) as unknown as TypedDocumentString<ResetPasswordMutation, ResetPasswordMutationVariables>;