import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../graphql/date-time.js';
import { Auth, Key } from '../graphql/directives.js';
import { Role } from '../platform/principal.js';

const ownerOrStaff = { requires: Role.STAFF, allowOwner: true };

/**
 * The fields under a guard of their own are nullable, so that one that is refused does not take the rest of
 * the answer with it.
 */
@Auth()
@Key('id')
@ObjectType('User', {
  description:
    'A person with an account. Subgraphs extend it by id. Any signed-in user may see the unmarked fields.',
})
export class UserType {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  username!: string;

  @Field(() => String, { nullable: true })
  displayName!: string | null;

  @Auth(ownerOrStaff)
  @Field(() => String, { nullable: true })
  email!: string;

  @Auth(ownerOrStaff)
  @Field(() => Boolean, { nullable: true })
  emailVerified!: boolean;

  @Auth(ownerOrStaff)
  @Field(() => Role, { nullable: true })
  role!: Role;

  @Auth(ownerOrStaff)
  @Field(() => Boolean, { nullable: true })
  isActive!: boolean;

  @Auth(ownerOrStaff)
  @Field(() => DateTimeISO, { nullable: true })
  lastLoginAt!: Date | null;

  @Auth(ownerOrStaff)
  @Field(() => DateTimeISO, { nullable: true })
  createdAt!: Date;

  @Auth(ownerOrStaff)
  @Field(() => DateTimeISO, { nullable: true })
  updatedAt!: Date;
}
