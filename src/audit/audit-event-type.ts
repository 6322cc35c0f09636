export const AUDIT_EVENT_TYPES = [
  'USER_REGISTERED',
  'USER_CREATED',
  'EMAIL_VERIFIED',
  'EMAIL_CHANGED',
  'PROFILE_UPDATED',
  'LOGIN_SUCCEEDED',
  'LOGIN_FAILED',
  'ACCOUNT_LOCKED',
  'ACCOUNT_UNLOCKED',
  'TOKEN_REFRESHED',
  'TOKEN_REUSED',
  'LOGGED_OUT',
  'SESSION_REVOKED',
  'PASSWORD_RESET_REQUESTED',
  'PASSWORD_RESET',
  'PASSWORD_CHANGED',
  'TWO_FACTOR_SETUP_STARTED',
  'TWO_FACTOR_ENABLED',
  'TWO_FACTOR_DISABLED',
  'TWO_FACTOR_FAILED',
  'RECOVERY_CODE_USED',
  'RECOVERY_CODES_REGENERATED',
  'USER_UPDATED',
  'ROLE_CHANGED',
  'USER_ACTIVATED',
  'USER_DEACTIVATED',
  'REAUTHENTICATED',
  'PASSKEY_ADDED',
  'PASSKEY_REMOVED',
  'IDENTITY_LINKED',
  'IDENTITY_UNLINKED',
] as const;

export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

export const AUDIT_EVENT_DESCRIPTIONS: Readonly<Record<AuditEventType, string>> = {
  USER_REGISTERED:
    'Somebody registered, by a form or by an identity provider (details.provider). details.accountCreated is true if the account exists at once, without the proof of an address; with an identity provider it always does. details.role is a role that an admin gave at the registration.',
  USER_CREATED: 'An admin or the operator created the account and invited the user.',
  EMAIL_VERIFIED:
    'The user proved that the mailbox is theirs by a link from a mail. details.accountExisted is true if it was no pending registration before. details.roleRefused is a granted role that did not take effect.',
  EMAIL_CHANGED: 'The email address of the account changed, by the user, by staff or by an admin.',
  PROFILE_UPDATED: 'The user changed their username or display name. details.changed names the fields.',
  LOGIN_SUCCEEDED: 'The user signed in with all factors that the account needs.',
  LOGIN_FAILED:
    'A sign-in failed because of a wrong identifier or password, or a wrong passkey (details.method). The subject is null if no account was found. details.reason SIGNATURE_COUNTER means that the key of details.passkey may have been copied.',
  ACCOUNT_LOCKED: 'Failed sign-ins locked the account, or one known device of it.',
  ACCOUNT_UNLOCKED: 'An admin lifted the locks of the account.',
  TOKEN_REFRESHED: 'A refresh token was exchanged for the next one.',
  TOKEN_REUSED: 'An old refresh token was used after its grace period. The session details.session ended.',
  LOGGED_OUT:
    'The user signed out of the session details.session, or of all sessions if details.everywhere is true.',
  SESSION_REVOKED:
    'The user or an admin ended the session details.session, or as many sessions as details.ended says.',
  PASSWORD_RESET_REQUESTED: 'Somebody requested a link to reset the password of the account.',
  PASSWORD_RESET: 'The password was set by the link of a reset or an invitation. All sessions ended.',
  PASSWORD_CHANGED: 'The user changed their password. All other sessions ended.',
  TWO_FACTOR_SETUP_STARTED: 'The user started the setup of a second factor, which is not in effect yet.',
  TWO_FACTOR_ENABLED: 'The user confirmed the setup of the second factor.',
  TWO_FACTOR_DISABLED:
    'The second factor was removed: by the user, by an admin or the operator, or at the first proof of the email address.',
  TWO_FACTOR_FAILED:
    'A wrong second-factor code was entered. The actor is null if it was entered at a sign-in.',
  RECOVERY_CODE_USED: 'A recovery code was used up.',
  RECOVERY_CODES_REGENERATED: 'The user replaced all recovery codes.',
  USER_UPDATED: 'Staff, an admin or the operator changed the account. details.changed names the fields.',
  ROLE_CHANGED: 'The role of the user changed from details.from to details.to. All sessions ended.',
  USER_ACTIVATED: 'An admin or the operator activated the account.',
  USER_DEACTIVATED: 'An admin deactivated the account. All sessions ended.',
  REAUTHENTICATED:
    'The user authenticated again in the session details.session, by the methods details.amr (RFC 8176).',
  PASSKEY_ADDED: 'The user registered the passkey details.name.',
  PASSKEY_REMOVED:
    'The passkey details.name was removed by the user, or by an admin with all second factors.',
  IDENTITY_LINKED:
    'An account at the identity provider details.provider can sign in as the user from now on.',
  IDENTITY_UNLINKED:
    'The account at the identity provider details.provider can no longer sign in as the user.',
};
