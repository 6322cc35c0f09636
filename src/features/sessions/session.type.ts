import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';

@ObjectType('Session', { description: 'One signed-in device.' })
export class SessionType {
  @Field(() => ID, { description: 'The id of the session: a UUID. Access tokens carry it as sid.' })
  id!: string;

  @Field(() => Boolean, {
    description: 'True if the user signed in with rememberMe, which gives the session a longer life.',
  })
  remembered!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'The IP address of the client at the sign-in or the last rotation of the refresh token. Null if it is not known.',
  })
  ipAddress!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The User-Agent header at the sign-in or the last rotation of the refresh token, up to 500 characters. Null if the client sent none.',
  })
  userAgent!: string | null;

  @Field(() => DateTimeISO, { description: 'The time of the sign-in.' })
  createdAt!: Date;

  @Field(() => DateTimeISO, {
    description:
      'The time of the sign-in or the last rotation of the refresh token. Requests with an access token do not change it.',
  })
  lastUsedAt!: Date;

  @Field(() => DateTimeISO, {
    description:
      'The time when the session ends at the latest. It is fixed at the sign-in; a refresh does not extend it.',
  })
  expiresAt!: Date;
}
