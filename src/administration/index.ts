import type { UserStore } from '../accounts/index.js';
import type { Cursors } from '../graphql/cursor.js';
import type { Feature } from '../graphql/feature.js';
import type { Lockout } from '../lockout/index.js';
import type { Outbox } from '../mail/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { Database } from '../platform/database.js';
import type { Sessions } from '../sessions/index.js';
import type { TwoFactor } from '../two-factor/index.js';
import { AdministrationResolver } from './administration.resolver.js';
import { AuditEventResolver, AuditResolver } from './audit.resolver.js';
import { AuditLogStore } from './audit-log.store.js';
import { UserListStore } from './user-list.store.js';
import { UserConnectionResolver, UsersResolver } from './users.resolver.js';

export { bootstrapAdmin, createAdmin } from './create-admin.js';

export interface AdministrationParts {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly sessions: Sessions;
  readonly lockout: Lockout;
  readonly twoFactor: TwoFactor;
  readonly outbox: Outbox;
  readonly cursors: Cursors;
  readonly linkBase: string;
}

/** What staff and admins do. */
export function administration(parts: AdministrationParts): Feature {
  const list = new UserListStore(parts.db);
  return {
    resolvers: [
      new AdministrationResolver(parts),
      new UsersResolver(parts.users, list, parts.cursors),
      new UserConnectionResolver(list),
      new AuditResolver(new AuditLogStore(parts.db), parts.cursors),
      new AuditEventResolver(parts.users),
    ],
  };
}
