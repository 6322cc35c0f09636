import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';
import { Auth, Key } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';

const ownerOrStaff = { requires: Role.STAFF, allowOwner: true };

/** Fields with an `@auth` of their own are nullable, so that a refused field does not null the whole user. */
@Auth()
@Key('id')
@ObjectType('User', {
  description:
    'A person with an account. Subgraphs extend it by id. Any signed-in user may see the fields that have no @auth of their own.',
})
export class UserType {
  @Field(() => ID, {
    description: 'The id of the user: a UUID that never changes. Access tokens carry it as sub.',
  })
  id!: string;

  @Field(() => String, {
    description:
      'The name to sign in with: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case. The user, staff and admins can change it.',
  })
  username!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The name to show to other people: up to 100 characters in any script, not unique. Null if the user has none.',
  })
  displayName!: string | null;

  @Auth(ownerOrStaff)
  @Field(() => String, {
    nullable: true,
    description:
      'The email address in its stored form: the domain in lower case and punycode. Null if the caller may not read it.',
  })
  email!: string;

  @Auth(ownerOrStaff)
  @Field(() => Boolean, {
    nullable: true,
    description:
      'True if the user has proved that the mailbox is theirs. Null if the caller may not read it.',
  })
  emailVerified!: boolean;

  @Auth(ownerOrStaff)
  @Field(() => Role, {
    nullable: true,
    description: 'The role that decides what the user may do. Null if the caller may not read it.',
  })
  role!: Role;

  @Auth(ownerOrStaff)
  @Field(() => Boolean, {
    nullable: true,
    description:
      'False if an admin has deactivated the account, which then cannot sign in. Null if the caller may not read it.',
  })
  isActive!: boolean;

  @Auth(ownerOrStaff)
  @Field(() => DateTimeISO, {
    nullable: true,
    description:
      'The time of the last completed sign-in. Null if the user has never signed in, or if the caller may not read it.',
  })
  lastLoginAt!: Date | null;

  @Auth(ownerOrStaff)
  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'The time when the account was registered or created. Null if the caller may not read it.',
  })
  createdAt!: Date;

  @Auth(ownerOrStaff)
  @Field(() => DateTimeISO, {
    nullable: true,
    description:
      'The time when the names, the address, the password, the role or the state of the account last changed. Null if the caller may not read it.',
  })
  updatedAt!: Date;
}
