import { Arg, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { parsePage, toConnection } from '../../graphql/connection.js';
import type { Cursors } from '../../graphql/cursor.js';
import { Auth } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import type { User, UserStore } from '../accounts/index.js';
import { UserType } from '../accounts/index.js';
import { UserFilterInput, UserOrderInput } from './administration.input.js';
import { type CountDeps, countUsers, listUsers } from './list-users.js';
import { UserConnection } from './user-connection.type.js';
import { OrderDirection, UserOrderField } from './user-list.model.js';
import { type UserListStore, userPosition } from './user-list.store.js';

@Resolver()
export class UsersResolver {
  constructor(
    readonly store: UserStore,
    readonly list: UserListStore,
    readonly cursors: Cursors,
  ) {}

  @Auth({ requires: Role.STAFF })
  @Query(() => UserType, {
    nullable: true,
    description: 'The user with an id. Null if the id is malformed or unknown.',
  })
  user(@Arg('id', () => ID, { description: 'The id of the user.' }) id: string): Promise<UserType | null> {
    return this.store.load(id) as Promise<UserType | null>;
  }

  @Auth({ requires: Role.ADMIN })
  @Query(() => UserConnection, {
    description:
      'The users, in pages: forward with first and after, or backward with last and before. It can fail with BAD_USER_INPUT if both directions, another page size than 1 to 100 or an invalid cursor is given.',
  })
  async users(
    @Arg('filter', () => UserFilterInput, {
      nullable: true,
      description: 'Selects the users. Without it the list has all users.',
    })
    filter: UserFilterInput | null,
    @Arg('orderBy', () => UserOrderInput, {
      nullable: true,
      description: 'The sort order. Without it the newest account comes first.',
    })
    orderBy: UserOrderInput | null,
    @Arg('first', () => Int, {
      nullable: true,
      description: 'The size of a page forward: 1 to 100, by default 20.',
    })
    first: number | null,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'The page starts after the user with this cursor. Without it the page starts at the first user.',
    })
    after: string | null,
    @Arg('last', () => Int, {
      nullable: true,
      description: 'The size of a page backward: 1 to 100, by default 20 if before is given.',
    })
    last: number | null,
    @Arg('before', () => String, {
      nullable: true,
      description:
        'The page ends before the user with this cursor. Without it the page ends at the last user.',
    })
    before: string | null,
  ): Promise<UserConnection> {
    const field = orderBy?.field ?? UserOrderField.CREATED_AT;
    const direction = orderBy?.direction ?? OrderDirection.DESC;
    const name = `users ${field} ${direction}`;
    const order = { field, direction };
    const page = parsePage(this.cursors, name, { first, after, last, before });
    const found = await listUsers(this.list, filter ?? {}, order, { ...page, limit: page.size + 1 });
    const connection = toConnection(this.cursors, name, page, found, (user: User) =>
      userPosition(order, user),
    );
    return Object.assign(new UserConnection(), connection, { filter: filter ?? {} });
  }
}

@Resolver(() => UserConnection)
export class UserConnectionResolver {
  constructor(readonly deps: CountDeps) {}

  @FieldResolver(() => Int, {
    description:
      'The number of users that the filter selects, over all pages. A number above 10,000 can be an estimate, rounded to two significant digits; without a filter it is usually exact, and at most about a minute old. The gateway counts only if the field is selected.',
  })
  totalCount(@Root() { filter }: UserConnection): Promise<number> {
    return countUsers(this.deps, filter);
  }
}
