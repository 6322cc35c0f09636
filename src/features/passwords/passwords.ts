import type { Principal } from '../../platform/principal.js';
import { nameInMails } from '../accounts/index.js';
import { type ConfirmedPassword, confirmPassword } from './confirm-password.js';
import type { Collaborators, PasswordDeps } from './deps.js';

/** Setting, changing and confirming passwords. */
export class Passwords {
  readonly deps: PasswordDeps;

  constructor(collaborators: Collaborators) {
    const { outbox } = collaborators;
    this.deps = {
      ...collaborators,
      mailPasswordChanged: (tx, user, client) =>
        outbox.enqueue(tx, 'password-changed', user.email, {
          name: nameInMails(user),
          at: new Date().toISOString(),
          ipAddress: client.ipAddress,
          userAgent: client.userAgent,
        }),
    };
  }

  /** See `confirmPassword`. */
  confirm = (caller: Principal, password: string): Promise<ConfirmedPassword> =>
    confirmPassword(this.deps, caller, password);
}
