import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../graphql/date-time.js';

@ObjectType('Session', { description: 'One signed-in device.' })
export class SessionType {
  @Field(() => ID)
  id!: string;

  @Field(() => Boolean)
  remembered!: boolean;

  @Field(() => String, { nullable: true })
  ipAddress!: string | null;

  @Field(() => String, { nullable: true })
  userAgent!: string | null;

  @Field(() => DateTimeISO)
  createdAt!: Date;

  @Field(() => DateTimeISO)
  lastUsedAt!: Date;

  @Field(() => DateTimeISO)
  expiresAt!: Date;
}
