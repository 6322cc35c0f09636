import { Field, ObjectType } from 'type-graphql';
import { PageInfo } from '../../graphql/page-info.type.js';
import { UserType } from '../accounts/index.js';
import type { UserFilter } from './user-list.model.js';

@ObjectType({ description: 'A user and their cursor.' })
export class UserEdge {
  @Field(() => String, {
    description:
      'An opaque cursor for the arguments after and before. It is valid only for users in the same sort order.',
  })
  cursor!: string;

  @Field(() => UserType, { description: 'The user at this place in the list.' })
  node!: UserType;
}

@ObjectType({ description: 'One page of users.' })
export class UserConnection {
  @Field(() => [UserEdge], { description: 'The users of the page with their cursors.' })
  edges!: UserEdge[];

  @Field(() => [UserType], { description: 'The users of the page without their cursors.' })
  nodes!: UserType[];

  @Field(() => PageInfo, { description: 'The position of the page in the list.' })
  pageInfo!: PageInfo;

  /** The filter for `totalCount`, which is counted only if the client selects it. */
  filter!: UserFilter;
}
