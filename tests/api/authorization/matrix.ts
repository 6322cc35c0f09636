import { MEMBERS, type Member } from '../../support/cast.js';

/** yes: success. sign-in: UNAUTHENTICATED. no: FORBIDDEN. */
export type Answer = 'yes' | 'sign-in' | 'no';
export type Row = Record<Member, Answer>;

/**
 * Every operation, with valid arguments. `customer` owns the id, token or address in the arguments; `other` is
 * another customer. A variant is in brackets.
 */
export const OPERATIONS = table(`
                                                    nobody   customer  other  staff  admin
  Query.me                                          sign-in  yes       yes    yes    yes
  Query.user                                        sign-in  no        no     yes    yes
  Query.users                                       sign-in  no        no     no     yes
  Query.auditEvents                                 sign-in  no        no     no     yes
  Query.authStatistics                              sign-in  no        no     no     yes
  Query.accountTotals                               sign-in  no        no     no     yes
  Query.identityProviders                           yes      yes       yes    yes    yes

  Mutation.register                                 yes      yes       yes    yes    yes
  Mutation.register (as staff)                      no       no        no     no     yes
  Mutation.verifyEmail                              yes      yes       yes    yes    yes
  Mutation.resendVerificationEmail                  yes      yes       yes    yes    yes
  Mutation.updateProfile                            sign-in  yes       yes    yes    yes
  Mutation.changeEmail                              sign-in  yes       yes    yes    yes
  Mutation.changeEmail (no password)                sign-in  yes       yes    yes    yes

  Mutation.login                                    yes      yes       yes    yes    yes
  Mutation.verifyTwoFactor                          yes      yes       yes    yes    yes
  Mutation.refreshToken                             yes      yes       yes    yes    yes
  Mutation.logout                                   yes      yes       yes    yes    yes
  Mutation.revokeSession                            sign-in  yes       yes    yes    yes
  Mutation.revokeOtherSessions                      sign-in  yes       yes    yes    yes
  Mutation.reauthenticate                           sign-in  yes       yes    yes    yes

  Mutation.startPasskeyRegistration                 sign-in  yes       yes    yes    yes
  Mutation.startPasskeyRegistration (no password)   sign-in  yes       yes    yes    yes
  Mutation.finishPasskeyRegistration                sign-in  yes       yes    yes    yes
  Mutation.startPasskeySignIn                       yes      yes       yes    yes    yes
  Mutation.finishPasskeySignIn                      yes      yes       yes    yes    yes
  Mutation.startPasskeyReauthentication             sign-in  yes       yes    yes    yes
  Mutation.renamePasskey                            sign-in  yes       yes    yes    yes
  Mutation.removePasskey                            sign-in  yes       yes    yes    yes
  Mutation.startProviderSignIn                      yes      yes       yes    yes    yes
  Mutation.finishProviderSignIn                     yes      yes       yes    yes    yes
  Mutation.linkIdentity                             sign-in  yes       yes    yes    yes
  Mutation.unlinkIdentity                           sign-in  yes       yes    yes    yes

  Mutation.requestPasswordReset                     yes      yes       yes    yes    yes
  Mutation.resetPassword                            yes      yes       yes    yes    yes
  Mutation.changePassword                           sign-in  yes       yes    yes    yes

  Mutation.setupTwoFactor                           sign-in  yes       yes    yes    yes
  Mutation.setupTwoFactor (no password)             sign-in  yes       yes    yes    yes
  Mutation.enableTwoFactor                          sign-in  yes       yes    yes    yes
  Mutation.disableTwoFactor                         sign-in  yes       yes    yes    yes
  Mutation.disableTwoFactor (no password)           sign-in  yes       yes    yes    yes
  Mutation.regenerateRecoveryCodes                  sign-in  yes       yes    yes    yes
  Mutation.regenerateRecoveryCodes (no password)    sign-in  yes       yes    yes    yes

  Mutation.createUser                               sign-in  no        no     no     yes
  Mutation.createUser (as staff)                    sign-in  no        no     no     yes
  Mutation.updateUser                               sign-in  no        no     yes    yes
  Mutation.updateUser (their role)                  sign-in  no        no     no     yes
  Mutation.updateUser (their address)               sign-in  no        no     yes    yes
  Mutation.updateUser (an admin)                    sign-in  no        no     no     yes
  Mutation.deactivateUser                           sign-in  no        no     no     yes
  Mutation.activateUser                             sign-in  no        no     no     yes
  Mutation.unlockUser                               sign-in  no        no     no     yes
  Mutation.revokeUserSessions                       sign-in  no        no     no     yes
  Mutation.resetUserTwoFactor                       sign-in  no        no     no     yes

  Subscription.sessionEnded                         sign-in  yes       yes    yes    yes
`);

/**
 * The rows that fail with REAUTHENTICATION_REQUIRED if the session of the caller has not authenticated recently. All other
 * rows do not depend on it.
 */
export const RECENT = [
  'Mutation.register (as staff)',
  'Mutation.changeEmail (no password)',
  'Mutation.startPasskeyRegistration (no password)',
  'Mutation.removePasskey',
  'Mutation.setupTwoFactor (no password)',
  'Mutation.disableTwoFactor (no password)',
  'Mutation.regenerateRecoveryCodes (no password)',
  'Mutation.linkIdentity',
  'Mutation.unlinkIdentity',
  'Mutation.createUser (as staff)',
  'Mutation.updateUser (their role)',
  'Mutation.updateUser (their address)',
  'Mutation.resetUserTwoFactor',
];

/** Every field of every type with @auth, on an object that belongs to `customer`. */
export const FIELDS = table(`
                         nobody   customer  other  staff  admin
  User.id                sign-in  yes       yes    yes    yes
  User.username          sign-in  yes       yes    yes    yes
  User.displayName       sign-in  yes       yes    yes    yes
  User.email             sign-in  yes       no     yes    yes
  User.emailVerified     sign-in  yes       no     yes    yes
  User.role              sign-in  yes       no     yes    yes
  User.isActive          sign-in  yes       no     yes    yes
  User.twoFactorEnabled  sign-in  yes       no     yes    yes
  User.lastLoginAt       sign-in  yes       no     yes    yes
  User.lockedUntil       sign-in  no        no     yes    yes
  User.createdAt         sign-in  yes       no     yes    yes
  User.updatedAt         sign-in  yes       no     yes    yes
  User.sessions          sign-in  yes       no     no     yes
  User.passkeys          sign-in  yes       no     no     yes
  User.identities        sign-in  yes       no     no     yes
  User.hasPassword       sign-in  yes       no     yes    yes
  User.securityEvents    sign-in  yes       no     no     yes
`);

/** The object types that a public operation may return without a guard. */
export const OPEN_TYPES = [
  'Acknowledgement',
  'AuthPayload',
  'IdentityProvider',
  'PasskeyCeremony',
  'ProviderSignIn',
  'RegisterPayload',
  'Session',
  'TwoFactorChallenge',
  'VerifyEmailPayload',
];

function table(text: string): Record<string, Row> {
  const [, ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, rest] = /^\s*(\S+(?: \(.*\))?)\s+(.*)$/.exec(line) ?? [];
      const answers = rest?.trim().split(/\s+/) ?? [];
      const known = answers.every((one) => ['yes', 'sign-in', 'no'].includes(one));
      if (name === undefined || answers.length !== MEMBERS.length || !known)
        throw new TypeError(`Cannot read: ${line}`);
      return [name, Object.fromEntries(MEMBERS.map((member, at) => [member, answers[at]])) as Row];
    }),
  );
}
