import { AuditLogStore } from '../../audit/index.js';
import type { Cursors } from '../../graphql/cursor.js';
import type { Feature } from '../../graphql/feature.js';
import type { Database } from '../../platform/database.js';
import type { UserCondition } from '../accounts/index.js';
import { AdministrationResolver } from './administration.resolver.js';
import { AuditEventResolver, AuditResolver } from './audit.resolver.js';
import { type AdminAccount, bootstrapAdmin, createAdmin } from './create-admin.js';
import type { AdministrationDeps } from './deps.js';
import { SecurityEventsResolver } from './security-events.resolver.js';
import { UserListStore } from './user-list.store.js';
import { UserConnectionResolver, UsersResolver } from './users.resolver.js';

export interface Administration {
  readonly feature: Feature;
  /** See `createAdmin`. */
  createAdmin(account: AdminAccount): Promise<string>;
  /** See `bootstrapAdmin`. */
  bootstrapAdmin(account: AdminAccount): Promise<boolean>;
}

export interface AdministrationOptions extends AdministrationDeps {
  /** For lists and the audit log. Nothing that decides reads from it. */
  readonly reader: Database;
  readonly cursors: Cursors;
  /** The SQL condition that the account of a user is locked. */
  readonly isLockedFor: UserCondition;
  /** The number of all users, not much older than a minute. */
  storedUsers(): Promise<number | undefined>;
}

/** The operations of staff and admins. */
export function createAdministration({
  reader,
  cursors,
  isLockedFor,
  storedUsers,
  ...deps
}: AdministrationOptions): Administration {
  const list = new UserListStore(reader, {
    twoFactorEnabledFor: deps.secondFactors.enabledFor,
    isLockedFor,
  });
  const log = new AuditLogStore(reader);
  return {
    createAdmin: (account) => createAdmin(deps, account),
    bootstrapAdmin: (account) => bootstrapAdmin(deps, account),
    feature: {
      resolvers: [
        new AdministrationResolver(deps),
        new UsersResolver(deps.users, list, cursors),
        new UserConnectionResolver({ list, storedUsers }),
        new AuditResolver(log, cursors),
        new SecurityEventsResolver(log, cursors),
        new AuditEventResolver(deps.users),
      ],
    },
  };
}
