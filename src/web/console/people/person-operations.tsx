import { textOf } from '../../kit/use-submit.js';
import { Card } from '../../ui/layout.js';
import { Select } from '../../ui/select.js';
import {
  ActivateUserDocument,
  DeactivateUserDocument,
  ResetUserTwoFactorDocument,
  RevokeUserSessionsDocument,
  type Role,
  UnlockUserDocument,
  UpdateUserDocument,
} from '../generated/operations.js';
import { administer } from './administer.js';
import { type Operation, OperationRow } from './operation-dialog.js';
import styles from './person.module.css';
import { isLocked, type Person, ROLE_HINT, ROLES, roleName } from './person-state.js';

interface PersonOperationsProps {
  readonly person: Person;
  /** Whether the signed-in admin is this person. */
  readonly isSelf: boolean;
  readonly hasPasskeys: boolean;
  readonly onDone: (outcome: string) => void;
}

/** What an admin can do to a person, as far as it makes sense now. */
export function PersonOperations({ person, isSelf, hasPasskeys, onDone }: PersonOperationsProps) {
  const operations = [
    isLocked(person) && unlock(person),
    signOut(person, isSelf),
    changeRole(person, isSelf),
    (person.twoFactorEnabled === true || hasPasskeys) && resetTwoFactor(person, isSelf),
    person.isActive === false ? activate(person) : deactivate(person, isSelf),
  ].filter((operation) => operation !== false);
  return (
    <Card title="Administration">
      <ul className={styles.list}>
        {operations.map((operation) => (
          <OperationRow key={operation.name} operation={operation} onDone={onDone} />
        ))}
      </ul>
    </Card>
  );
}

const unlock = ({ id, username }: Person): Operation => ({
  name: 'Unlock',
  about: 'Wrong passwords have locked the sign-in.',
  title: `Unlock ${username}?`,
  consequences: `${username} can try to sign in again at once. Make sure that it was the owner who typed the wrong passwords.`,
  action: 'Unlock',
  run: async () => {
    await administer(UnlockUserDocument, { id });
    return `${username} is unlocked.`;
  },
});

const signOut = ({ id, username }: Person, isSelf: boolean): Operation => ({
  name: 'Sign out everywhere',
  about: 'End the sessions on all devices.',
  title: `Sign ${username} out everywhere?`,
  consequences: `All devices of ${username} are signed out within a second. The account stays active, so ${username} can sign in again.`,
  warning: isSelf ? 'You are signed out on this device too.' : undefined,
  action: 'Sign out everywhere',
  run: async () => {
    await administer(RevokeUserSessionsDocument, { id });
    return `${username} is signed out everywhere.`;
  },
});

const changeRole = ({ id, username, role }: Person, isSelf: boolean): Operation => ({
  name: 'Change role',
  about: `The role is ${roleName(role).toLowerCase()}.`,
  title: `Change the role of ${username}?`,
  consequences: `${username} is signed out everywhere within a second, and has the rights of the new role from the next sign-in on. Links that were mailed to ${username} stop working.`,
  warning: isSelf
    ? 'You are signed out at once, and lose the rights of an admin. Only another admin can give them back.'
    : undefined,
  action: 'Change role',
  isDangerous: isSelf,
  fields: (
    <Select label="New role" name="role" options={ROLES.filter(([one]) => one !== role)} hint={ROLE_HINT} />
  ),
  run: async (data) => {
    const role = textOf(data, 'role') as Role;
    await administer(UpdateUserDocument, { id, input: { role } });
    return `${username} has the role ${roleName(role).toLowerCase()} now.`;
  },
});

const resetTwoFactor = ({ id, username }: Person, isSelf: boolean): Operation => ({
  name: 'Reset two-factor authentication',
  about: 'For somebody who has lost the phone or the passkeys.',
  title: `Reset two-factor authentication of ${username}?`,
  consequences: `The authenticator app, the recovery codes and all passkeys of ${username} are removed, and ${username} is mailed. Whoever knows the password can then sign in without them. If no way to sign in is left, an invitation is mailed. Make sure that the request comes from the owner.`,
  warning: isSelf ? 'Your own authenticator app, recovery codes and passkeys are removed.' : undefined,
  action: 'Reset two-factor authentication',
  isDangerous: true,
  run: async () => {
    await administer(ResetUserTwoFactorDocument, { id });
    return `Two-factor authentication of ${username} is reset.`;
  },
});

const deactivate = ({ id, username }: Person, isSelf: boolean): Operation => ({
  name: 'Deactivate',
  about: 'Keep the account, but refuse its sign-ins.',
  title: `Deactivate ${username}?`,
  consequences: `${username} is signed out everywhere within a second and cannot sign in, until an admin activates the account again. Links that were mailed to ${username} stop working.`,
  warning: isSelf ? 'You are signed out at once, and only another admin can let you in again.' : undefined,
  action: isSelf ? 'Deactivate my own account' : 'Deactivate',
  isDangerous: true,
  run: async () => {
    await administer(DeactivateUserDocument, { id });
    return `${username} is deactivated and signed out everywhere.`;
  },
});

const activate = ({ id, username }: Person): Operation => ({
  name: 'Activate',
  about: 'Let the person sign in again.',
  title: `Activate ${username}?`,
  consequences: `${username} can sign in again as before. If there is no way to sign in yet, a new invitation is mailed.`,
  action: 'Activate',
  run: async () => {
    await administer(ActivateUserDocument, { id });
    return `${username} is active again.`;
  },
});
