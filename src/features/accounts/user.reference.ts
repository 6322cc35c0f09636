import type { Reference } from '../../graphql/feature.js';
import type { User } from './user.model.js';
import type { UserStore } from './user.store.js';

/** Resolves `User` by id for `_entities`. The owner of a user is that user. */
export function userReference(store: UserStore): Reference<User> {
  return {
    typeName: 'User',
    resolve: async ({ id }) => (typeof id === 'string' ? store.load(id) : null),
    ownerId: (user) => user.id,
  };
}
