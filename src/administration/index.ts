import { AuditLogStore } from '../audit/index.js';
import type { Cursors } from '../graphql/cursor.js';
import type { Feature } from '../graphql/feature.js';
import { AdministrationResolver } from './administration.resolver.js';
import { AuditEventResolver, AuditResolver } from './audit.resolver.js';
import type { AdministrationParts } from './parts.js';
import { UserListStore } from './user-list.store.js';
import { UserConnectionResolver, UsersResolver } from './users.resolver.js';

export { bootstrapAdmin, createAdmin } from './create-admin.js';
export type { AdministrationParts } from './parts.js';

/** What staff and admins do. */
export function administration(parts: AdministrationParts, cursors: Cursors): Feature {
  const list = new UserListStore(parts.db);
  return {
    resolvers: [
      new AdministrationResolver(parts),
      new UsersResolver(parts.users, list, cursors),
      new UserConnectionResolver(list),
      new AuditResolver(new AuditLogStore(parts.db), cursors),
      new AuditEventResolver(parts.users),
    ],
  };
}
