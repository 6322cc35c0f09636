import { EVENT_TYPES, eventWords } from '../../kit/event-words.js';
import type { AuditEventType } from '../generated/operations.js';

export const GROUPS = [
  'Sign-ins',
  'Sessions',
  'Passwords',
  'Second factor',
  'Passkeys and providers',
  'Accounts',
  'Administration',
] as const;

type Group = (typeof GROUPS)[number];

const GROUP_OF: Readonly<Record<AuditEventType, Group>> = {
  LOGIN_SUCCEEDED: 'Sign-ins',
  LOGIN_FAILED: 'Sign-ins',
  ACCOUNT_LOCKED: 'Sign-ins',
  REAUTHENTICATED: 'Sign-ins',
  TOKEN_REFRESHED: 'Sessions',
  TOKEN_REUSED: 'Sessions',
  LOGGED_OUT: 'Sessions',
  SESSION_REVOKED: 'Sessions',
  PASSWORD_CHANGED: 'Passwords',
  PASSWORD_RESET: 'Passwords',
  PASSWORD_RESET_REQUESTED: 'Passwords',
  TWO_FACTOR_SETUP_STARTED: 'Second factor',
  TWO_FACTOR_ENABLED: 'Second factor',
  TWO_FACTOR_DISABLED: 'Second factor',
  TWO_FACTOR_FAILED: 'Second factor',
  RECOVERY_CODE_USED: 'Second factor',
  RECOVERY_CODES_REGENERATED: 'Second factor',
  PASSKEY_ADDED: 'Passkeys and providers',
  PASSKEY_REMOVED: 'Passkeys and providers',
  IDENTITY_LINKED: 'Passkeys and providers',
  IDENTITY_UNLINKED: 'Passkeys and providers',
  USER_REGISTERED: 'Accounts',
  EMAIL_VERIFIED: 'Accounts',
  EMAIL_CHANGED: 'Accounts',
  PROFILE_UPDATED: 'Accounts',
  USER_CREATED: 'Administration',
  USER_UPDATED: 'Administration',
  ROLE_CHANGED: 'Administration',
  USER_ACTIVATED: 'Administration',
  USER_DEACTIVATED: 'Administration',
  ACCOUNT_UNLOCKED: 'Administration',
};

export const typesOf = (group: Group): AuditEventType[] =>
  EVENT_TYPES.filter((type) => GROUP_OF[type] === group);

/** The name of a type without details of one event, such as "Role changed". */
export const typeName = (type: AuditEventType): string =>
  eventWords({ type, details: null }).split(';', 1).join();
