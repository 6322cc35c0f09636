import { GraphQLEnumType } from 'graphql';
import { AuthErrorCode } from '../platform/error.js';
import { describeValues } from './enum.js';

/** When each code occurs, and what the client should do. */
const DESCRIPTIONS: Readonly<Record<AuthErrorCode, string>> = {
  BAD_USER_INPUT:
    'An input value is not valid. Show each entry of extensions.fieldErrors beside its field: the message says what to change.',
  INVALID_CREDENTIALS:
    'The identifier, the password or both are wrong; the answer does not say which. Ask the user to type them again.',
  EMAIL_NOT_VERIFIED:
    'The password or passkey is right, but the email address is not verified. Ask the user to follow the link that the gateway mails again after such a sign-in (up to three times an hour).',
  ACCOUNT_DISABLED:
    'The password, passkey or identity is right, but an admin has deactivated the account. Tell the user to contact support.',
  ACCOUNT_LOCKED:
    'Too many wrong passwords or codes have locked the sign-in, the password confirmation or the second factor. Try again after extensions.retryAfter seconds; a password reset lifts a lock caused by wrong passwords.',
  UNAUTHENTICATED:
    'The operation or field needs a signed-in user. If extensions.reason is TOKEN_EXPIRED, refresh the access token and try again; if it is TOKEN_MISSING, TOKEN_INVALID or SESSION_REVOKED, ask the user to sign in.',
  FORBIDDEN:
    'The role of the caller does not permit the operation, the field or the value. Do not try again; do not offer the operation to this user.',
  NOT_FOUND:
    'The object does not exist, or the caller may not see it. Reload the data that the id came from.',
  TOKEN_INVALID:
    'The token of a link, a challenge or a refresh is unknown, malformed, expired or already used; the answer does not say which. Request a new link, or ask the user to sign in again.',
  PASSWORD_REQUIRED:
    'More than one registration waits for the email address. Call verifyEmail again with the same token and the password of the registration that the link belongs to.',
  REAUTHENTICATION_REQUIRED:
    'The session has not authenticated within the last extensions.maxAge seconds. Call reauthenticate by one of extensions.methods, then the operation again; if the list is empty, ask the user to sign in again.',
  ACCOUNT_EXISTS:
    'An account has the email address that the identity provider gave, or the identity belongs to another account. Ask the user to sign in to that account and to link the provider there.',
  LAST_SIGN_IN_METHOD:
    'Without it the user could not sign in any more. Ask the user to add a password, a passkey or an identity provider first.',
  INVALID_TWO_FACTOR_CODE:
    'The code is wrong, expired or already used. Ask the user for the next code of the authenticator app or for another recovery code.',
  TWO_FACTOR_ALREADY_ENABLED:
    'The account has a second factor already. Call disableTwoFactor before a new setup.',
  TWO_FACTOR_NOT_ENABLED:
    'The account has no second factor, or its setup has expired. Call setupTwoFactor first.',
  USERNAME_TAKEN:
    'Another account or a pending registration has the username. Ask the user for a different one.',
  EMAIL_TAKEN:
    'Another account has the email address. Only signed-in staff and admins receive this code; choose another address or edit the existing account.',
  LAST_ADMIN:
    'The change would leave the platform without an active admin. Give another user the role ADMIN first.',
  RATE_LIMITED: 'The caller has exceeded a rate limit. Try again after extensions.retryAfter seconds.',
  SERVICE_UNAVAILABLE:
    'The gateway is overloaded, or its database or the identity provider is unavailable. Try again after extensions.retryAfter seconds; do not sign the user out.',
  INTERNAL_SERVER_ERROR:
    'An unexpected fault occurred in the gateway. Report extensions.requestId to the operator: the log has an entry with this id.',
};

/** No field returns this enum. It is in the schema so that clients can generate a type of it. */
export function errorCodes(): GraphQLEnumType {
  return new GraphQLEnumType({
    name: 'AuthErrorCode',
    description:
      'The values of extensions.code of a GraphQL error. No field returns this enum; generate the codes of a client from it.',
    values: describeValues(DESCRIPTIONS),
  });
}
