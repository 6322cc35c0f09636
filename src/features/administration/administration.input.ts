import { Field, ID, InputType } from 'type-graphql';
import {
  AUDIT_EVENT_DESCRIPTIONS,
  AUDIT_EVENT_TYPES,
  type AuditEventFilter,
  type AuditEventType,
} from '../../audit/index.js';
import { DateTimeISO } from '../../graphql/date-time.js';
import { registerEnum } from '../../graphql/enum.js';
import { Role } from '../../platform/actor.js';
import type { NewAccount } from './create-user.js';
import type { UserChange } from './update-user.js';
import { OrderDirection, type UserFilter, type UserOrder, UserOrderField } from './user-list.model.js';

registerEnum(UserOrderField, {
  name: 'UserOrderField',
  description: 'The fields by which users can be sorted.',
  values: {
    CREATED_AT: 'By the time when the account was registered or created.',
    USERNAME: 'By the username, without regard to letter case.',
    EMAIL: 'By the email address, without regard to letter case.',
    LAST_LOGIN_AT: 'By the time of the last sign-in. Users who have never signed in count as the earliest.',
  },
});

registerEnum(OrderDirection, {
  name: 'OrderDirection',
  description: 'The direction of a sort order.',
  values: {
    ASC: 'Ascending: the earliest time or the first letter comes first.',
    DESC: 'Descending: the latest time or the last letter comes first.',
  },
});

/** The event types as an object, because TypeGraphQL registers enums from objects. */
export const AuditEventTypes = Object.fromEntries(AUDIT_EVENT_TYPES.map((type) => [type, type])) as {
  readonly [T in AuditEventType]: T;
};
registerEnum(AuditEventTypes, {
  name: 'AuditEventType',
  description: 'The kinds of events that the security log records.',
  values: AUDIT_EVENT_DESCRIPTIONS,
});

@InputType('UserFilter', {
  description:
    'Selects users. A user must meet every condition; a condition that is left out or null selects all users.',
})
export class UserFilterInput implements UserFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Part of a username, display name or email, in any letter case. Up to 256 characters.',
  })
  search?: string | null;

  @Field(() => [Role], {
    nullable: true,
    description: 'Users who have one of these roles. An empty list selects nobody.',
  })
  roles?: Role[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True selects active accounts, false deactivated ones.',
  })
  isActive?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True selects users with a verified email address, false those without.',
  })
  emailVerified?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True selects users with a second factor, false those without.',
  })
  twoFactorEnabled?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True selects accounts that failed sign-ins have locked now, false the others.',
  })
  locked?: boolean | null;

  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'Accounts created after this time. The time itself is excluded.',
  })
  createdAfter?: Date | null;

  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'Accounts created before this time. The time itself is excluded.',
  })
  createdBefore?: Date | null;
}

@InputType('UserOrder', { description: 'The sort order of users. Users with equal values are sorted by id.' })
export class UserOrderInput implements UserOrder {
  @Field(() => UserOrderField, {
    defaultValue: UserOrderField.CREATED_AT,
    description: 'The field to sort by.',
  })
  field!: UserOrderField;

  @Field(() => OrderDirection, {
    defaultValue: OrderDirection.DESC,
    description: 'The direction to sort in.',
  })
  direction!: OrderDirection;
}

@InputType('AuditEventFilter', {
  description:
    'Selects audit events. An event must meet every condition; a condition that is left out or null selects all events.',
})
export class AuditEventFilterInput implements AuditEventFilter {
  @Field(() => [AuditEventTypes], {
    nullable: true,
    description: 'Events of one of these types. An empty list selects no events.',
  })
  types?: AuditEventType[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Events that this user caused. A malformed id selects no events.',
  })
  actorId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Events that concern this user. A malformed id selects no events.',
  })
  subjectId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Events that a client with this IP address caused. IPv6 addresses may be written in any form, and IPv4-mapped ones select the IPv4 address. Text that is not an address selects no events.',
  })
  ipAddress?: string | null;

  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'Events after this time. The time itself is excluded.',
  })
  after?: Date | null;

  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'Events before this time. The time itself is excluded.',
  })
  before?: Date | null;
}

@InputType({ description: 'The input of createUser.' })
export class CreateUserInput implements NewAccount {
  @Field(() => String, {
    description: 'The username: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case.',
  })
  username!: string;

  @Field(() => String, { description: 'The email address that the invitation is sent to.' })
  email!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name to show to other people: up to 100 characters in any script. Null for none.',
  })
  displayName?: string | null;

  @Field(() => Role, { defaultValue: Role.CUSTOMER, description: 'The role of the new account.' })
  role!: Role;
}

@InputType({ description: 'The input of updateUser. A field that is left out stays as it is.' })
export class UpdateUserInput implements UserChange {
  @Field(() => String, {
    nullable: true,
    description:
      'The new username: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case. It cannot be null.',
  })
  username?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The new display name: up to 100 characters in any script. Null or empty text removes it.',
  })
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The new email address, which the user has to verify by a mailed link. It cannot be null.',
  })
  email?: string | null;

  @Field(() => Role, {
    nullable: true,
    description:
      'The new role, which ends all sessions of the user. FORBIDDEN unless the caller is an admin; null keeps the current role.',
  })
  role?: Role | null;
}
