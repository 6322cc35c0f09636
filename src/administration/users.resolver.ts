import { Arg, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { User, UserStore } from '../accounts/index.js';
import { UserType } from '../accounts/index.js';
import { parsePage, toConnection } from '../graphql/connection.js';
import type { Cursors } from '../graphql/cursor.js';
import { Auth } from '../graphql/directives.js';
import { Role } from '../platform/principal.js';
import { OrderDirection, UserFilter, UserOrder, UserOrderField } from './administration.input.js';
import { countUsers, listUsers } from './list-users.js';
import { UserConnection } from './user-connection.type.js';
import { type UserListStore, userPosition } from './user-list.store.js';

@Resolver()
export class UsersResolver {
  constructor(
    readonly store: UserStore,
    readonly list: UserListStore,
    readonly cursors: Cursors,
  ) {}

  @Auth({ requires: Role.STAFF })
  @Query(() => UserType, { nullable: true })
  user(@Arg('id', () => ID) id: string): Promise<UserType | null> {
    return this.store.load(id) as Promise<UserType | null>;
  }

  @Auth({ requires: Role.ADMIN })
  @Query(() => UserConnection, {
    description:
      'first/after or last/before; 1 to 100 a page, 20 where neither is given. More, both or a forged cursor is BAD_USER_INPUT.',
  })
  async users(
    @Arg('filter', () => UserFilter, { nullable: true }) filter: UserFilter | null,
    @Arg('orderBy', () => UserOrder, { nullable: true }) orderBy: UserOrder | null,
    @Arg('first', () => Int, { nullable: true }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('last', () => Int, { nullable: true }) last: number | null,
    @Arg('before', () => String, { nullable: true }) before: string | null,
  ): Promise<UserConnection> {
    const field = orderBy?.field ?? UserOrderField.CREATED_AT;
    const direction = orderBy?.direction ?? OrderDirection.DESC;
    const name = `users ${field} ${direction}`;
    const order = { field, descending: direction === OrderDirection.DESC };
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
  constructor(readonly list: UserListStore) {}

  @FieldResolver(() => Int)
  totalCount(@Root() { filter }: UserConnection): Promise<number> {
    return countUsers(this.list, filter);
  }
}
