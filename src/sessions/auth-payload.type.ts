import { Field, Int, ObjectType } from 'type-graphql';
import { UserType } from '../accounts/index.js';
import { DateTimeISO } from '../graphql/date-time.js';
import { SessionType } from './session.type.js';

@ObjectType({ description: 'What a finished login or refresh hands back.' })
export class AuthPayload {
  @Field(() => String, {
    description: 'A signed JWT (RFC 9068, typ at+jwt) for the Authorization: Bearer header.',
  })
  accessToken!: string;

  @Field(() => String)
  tokenType!: string;

  @Field(() => Int, { description: 'Seconds that the access token lasts.' })
  expiresIn!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Null where the refresh token went into an HttpOnly cookie.',
  })
  refreshToken!: string | null;

  @Field(() => DateTimeISO)
  refreshExpiresAt!: Date;

  @Field(() => SessionType)
  session!: SessionType;

  @Field(() => UserType)
  user!: UserType;
}
