import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { AUDIT_EVENT_TYPES, type AuditEventType } from '../audit/index.js';
import { DateTimeISO } from '../graphql/date-time.js';
import { Role } from '../platform/principal.js';

export enum UserOrderField {
  CREATED_AT = 'CREATED_AT',
  USERNAME = 'USERNAME',
  EMAIL = 'EMAIL',
  LAST_LOGIN_AT = 'LAST_LOGIN_AT',
}
registerEnumType(UserOrderField, { name: 'UserOrderField' });

export enum OrderDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}
registerEnumType(OrderDirection, { name: 'OrderDirection' });

/** The types as an object, which is what an enum is made of. */
export const AuditEventTypes = Object.fromEntries(AUDIT_EVENT_TYPES.map((type) => [type, type])) as {
  readonly [T in AuditEventType]: T;
};
registerEnumType(AuditEventTypes, { name: 'AuditEventType' });

@InputType()
export class UserFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Part of a username, display name or email, in any letter case.',
  })
  search?: string | null;

  @Field(() => [Role], { nullable: true })
  roles?: Role[] | null;

  @Field(() => Boolean, { nullable: true })
  isActive?: boolean | null;

  @Field(() => Boolean, { nullable: true })
  emailVerified?: boolean | null;

  @Field(() => Boolean, { nullable: true })
  twoFactorEnabled?: boolean | null;

  @Field(() => Boolean, { nullable: true })
  locked?: boolean | null;

  @Field(() => DateTimeISO, { nullable: true })
  createdAfter?: Date | null;

  @Field(() => DateTimeISO, { nullable: true })
  createdBefore?: Date | null;
}

@InputType()
export class UserOrder {
  @Field(() => UserOrderField, { defaultValue: UserOrderField.CREATED_AT })
  field!: UserOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.DESC })
  direction!: OrderDirection;
}

@InputType()
export class AuditEventFilter {
  @Field(() => [AuditEventTypes], { nullable: true })
  types?: AuditEventType[] | null;

  @Field(() => ID, { nullable: true })
  actorId?: string | null;

  @Field(() => ID, { nullable: true })
  subjectId?: string | null;

  @Field(() => DateTimeISO, { nullable: true })
  after?: Date | null;

  @Field(() => DateTimeISO, { nullable: true })
  before?: Date | null;
}

@InputType()
export class CreateUserInput {
  @Field(() => String)
  username!: string;

  @Field(() => String)
  email!: string;

  @Field(() => String, { nullable: true })
  displayName?: string | null;

  @Field(() => Role, { defaultValue: Role.CUSTOMER })
  role!: Role;
}

@InputType()
export class UpdateUserInput {
  @Field(() => String, { nullable: true })
  username?: string | null;

  @Field(() => String, { nullable: true })
  displayName?: string | null;

  @Field(() => String, { nullable: true })
  email?: string | null;

  @Field(() => Role, { nullable: true, description: 'ADMIN only.' })
  role?: Role | null;
}
