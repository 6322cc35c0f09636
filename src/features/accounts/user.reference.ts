import type { Reference } from '../../graphql/feature.js';
import type { User, UserStore } from './user.store.js';

/** `User` by its key, for `_entities`, and who owns one. */
export function userReference(store: UserStore): Reference<User> {
  return {
    typeName: 'User',
    resolve: async ({ id }) => (typeof id === 'string' ? store.load(id) : null),
    ownerId: (user) => user.id,
  };
}
