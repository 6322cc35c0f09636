import { AuditLogStore } from '../../audit/index.js';
import type { Cursors } from '../../graphql/cursor.js';
import type { Feature } from '../../graphql/feature.js';
import { AdministrationResolver } from './administration.resolver.js';
import { AuditEventResolver, AuditResolver } from './audit.resolver.js';
import type { AdministrationDeps } from './deps.js';
import { UserListStore } from './user-list.store.js';
import { UserConnectionResolver, UsersResolver } from './users.resolver.js';

export { bootstrapAdmin, createAdmin } from './create-admin.js';
export type { AdministrationDeps } from './deps.js';

/** What staff and admins do. */
export function administration(deps: AdministrationDeps, cursors: Cursors): Feature {
  const list = new UserListStore(deps.db);
  return {
    resolvers: [
      new AdministrationResolver(deps),
      new UsersResolver(deps.users, list, cursors),
      new UserConnectionResolver(list),
      new AuditResolver(new AuditLogStore(deps.db), cursors),
      new AuditEventResolver(deps.users),
    ],
  };
}
