import type { AuditEventType } from '../../client/generated/enums.js';

type Details = Readonly<Record<string, unknown>>;

const FIELDS: Readonly<Record<string, string>> = {
  username: 'username',
  displayName: 'display name',
  email: 'email address',
  password: 'password',
};

/** A sentence for each type of event. It must fit the owner of the account and an admin. */
const WORDS: Readonly<Record<AuditEventType, string | ((details: Details) => string)>> = {
  ACCOUNT_LOCKED: 'Sign-in locked for a while after too many failed attempts',
  ACCOUNT_UNLOCKED: 'Sign-in unlocked',
  EMAIL_CHANGED: 'Email address changed',
  EMAIL_VERIFIED: 'Email address verified',
  IDENTITY_LINKED: ({ provider }) => `Sign-in with ${quoted(provider) ?? 'a provider'} linked`,
  IDENTITY_UNLINKED: ({ provider }) => `Sign-in with ${quoted(provider) ?? 'a provider'} unlinked`,
  LOGGED_OUT: ({ everywhere }) => (everywhere === true ? 'Signed out on all devices' : 'Signed out'),
  LOGIN_FAILED: ({ method, reason }) => {
    if (reason === 'SIGNATURE_COUNTER') return 'Sign-in refused: a passkey may have been copied';
    return method === 'PASSKEY' ? 'Sign-in with a passkey refused' : 'Sign-in refused: wrong password';
  },
  LOGIN_SUCCEEDED: 'Signed in',
  PASSKEY_ADDED: ({ name }) => `Passkey ${withSpace(name)}added`,
  PASSKEY_REMOVED: ({ name }) => `Passkey ${withSpace(name)}removed`,
  PASSWORD_CHANGED: 'Password changed; all other devices were signed out',
  PASSWORD_RESET: 'Password set by the link of an email; all devices were signed out',
  PASSWORD_RESET_REQUESTED: 'Password reset requested; the password was not changed',
  PROFILE_UPDATED: ({ changed }) => `${upperFirst(fieldsOf(changed) ?? 'profile')} changed`,
  REAUTHENTICATED: 'Identity confirmed for a sensitive change',
  RECOVERY_CODES_REGENERATED: 'New recovery codes created',
  RECOVERY_CODE_USED: 'Recovery code used',
  ROLE_CHANGED: ({ from, to }) =>
    typeof from === 'string' && typeof to === 'string'
      ? `Role changed from ${from.toLowerCase()} to ${to.toLowerCase()}; all devices were signed out`
      : 'Role changed; all devices were signed out',
  SESSION_REVOKED: ({ ended }) =>
    typeof ended === 'number' && ended !== 1 ? `${ended} devices signed out` : 'Device signed out',
  TOKEN_REFRESHED: 'Session renewed',
  TOKEN_REUSED: 'Device signed out for safety: its sign-in may have been copied',
  TWO_FACTOR_DISABLED: 'Two-factor authentication turned off',
  TWO_FACTOR_ENABLED: 'Two-factor authentication turned on',
  TWO_FACTOR_FAILED: 'Wrong code for two-factor authentication',
  TWO_FACTOR_SETUP_STARTED: 'Setup of two-factor authentication started',
  USER_ACTIVATED: 'Account activated',
  USER_CREATED: 'Account created, and an invitation sent',
  USER_DEACTIVATED: 'Account deactivated; all devices were signed out',
  USER_REGISTERED: ({ provider }) =>
    typeof provider === 'string' ? `Account registered with ${quoted(provider)}` : 'Account registered',
  USER_UPDATED: ({ changed }) => `${upperFirst(fieldsOf(changed) ?? 'account')} changed by support`,
};

/**
 * What happened, in words.
 * @param details the JSON text of the event
 */
export function eventWords({ type, details }: { type: AuditEventType; details: string | null }): string {
  const words = WORDS[type];
  return typeof words === 'string' ? words : words(parsed(details));
}

/** All types, for a list to choose from. */
export const EVENT_TYPES = Object.keys(WORDS) as AuditEventType[];

/** Sessions are renewed so often that nothing else would be seen among the latest events. */
export const NOTABLE_TYPES = EVENT_TYPES.filter((type) => type !== 'TOKEN_REFRESHED');

function parsed(details: string | null): Details {
  if (details === null) return {};
  const value: unknown = JSON.parse(details);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** With isolates, so that a name of another direction does not turn the sentence around (UAX #9). */
const quoted = (value: unknown) => (typeof value === 'string' ? `“\u2068${value}\u2069”` : undefined);
const withSpace = (name: unknown) => (typeof name === 'string' ? `${quoted(name)} ` : '');
const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** "username, display name" */
function fieldsOf(changed: unknown): string | undefined {
  if (typeof changed !== 'string' || changed === '') return undefined;
  return changed
    .split(' ')
    .map((field) => FIELDS[field] ?? field)
    .join(', ');
}
