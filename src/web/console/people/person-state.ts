import { timeOfDay } from '../../ui/time.js';
import type { PersonPartsFragment, PersonQuery, Role } from '../generated/operations.js';

export type PersonRow = PersonPartsFragment;
export type Person = NonNullable<PersonQuery['user']>;

export const ROLES: readonly (readonly [Role, string])[] = [
  ['CUSTOMER', 'Customer'],
  ['STAFF', 'Staff'],
  ['ADMIN', 'Admin'],
];

export const ROLE_HINT =
  'Customers have no rights over others. Staff read all accounts and edit customers. Admins may do everything.';

export const roleName = (role: Role | null): string => ROLES.find(([one]) => one === role)?.[1] ?? '–';

export const nameOf = ({ displayName, username }: Pick<PersonRow, 'displayName' | 'username'>): string =>
  displayName ?? username;

export const isLocked = ({ lockedUntil }: Pick<PersonRow, 'lockedUntil'>): boolean =>
  lockedUntil !== null && new Date(lockedUntil) > new Date();

/** An account that an admin made, and whose owner has not set a password yet. */
const isInvited = ({ hasPassword, emailVerified, lastLoginAt }: Person): boolean =>
  hasPassword === false && emailVerified === false && lastLoginAt === null;

export interface State {
  readonly words: string;
  readonly tone: 'success' | 'warning' | 'danger' | 'neutral';
}

/** The state of an account, in a few words each. */
export function statesOf(person: PersonRow): State[] {
  const { isActive, emailVerified, lockedUntil } = person;
  const states: State[] = [
    isActive === false
      ? { words: 'Deactivated', tone: 'danger' }
      : { words: 'Active', tone: emailVerified === false ? 'neutral' : 'success' },
  ];
  if (emailVerified === false) states.push({ words: 'Not verified', tone: 'warning' });
  if (lockedUntil !== null && isLocked(person)) {
    states.push({ words: `Locked until ${timeOfDay(lockedUntil)}`, tone: 'warning' });
  }
  return states;
}

/** The state of an account, in sentences. */
export function stateSentences(person: Person): string[] {
  const { isActive, emailVerified, twoFactorEnabled, lockedUntil } = person;
  const sentences = [isActive ? 'Active.' : 'Deactivated: cannot sign in.'];
  if (isInvited(person)) sentences.push('Has not accepted the invitation yet.');
  else sentences.push(emailVerified ? 'Address verified.' : 'Address not verified.');
  sentences.push(`Two-factor authentication is ${twoFactorEnabled ? 'on' : 'off'}.`);
  if (lockedUntil !== null && isLocked(person)) {
    sentences.push(`Locked until ${timeOfDay(lockedUntil)} because of wrong passwords.`);
  }
  return sentences;
}
