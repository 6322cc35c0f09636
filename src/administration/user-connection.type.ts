import { Field, ObjectType } from 'type-graphql';
import { UserType } from '../accounts/index.js';
import { PageInfo } from '../graphql/page-info.type.js';
import type { UserFilter } from './user-filter.store.js';

@ObjectType()
export class UserEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => UserType)
  node!: UserType;
}

@ObjectType()
export class UserConnection {
  @Field(() => [UserEdge])
  edges!: UserEdge[];

  @Field(() => [UserType])
  nodes!: UserType[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  /** For `totalCount`, which is counted only where it is asked for. */
  filter!: UserFilter;
}
