import { Field, Int, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';

@ObjectType({ description: 'A fresh access token of the same session. The refresh token stays as it is.' })
export class ReauthenticatePayload {
  @Field(() => String, {
    description:
      'A signed JWT (RFC 9068, typ at+jwt). auth_time is the time of this authentication. A password or passkey replaces amr; a code adds otp to it.',
  })
  accessToken!: string;

  @Field(() => String, { description: 'The scheme of the Authorization header: always Bearer.' })
  tokenType!: string;

  @Field(() => Int, { description: 'Seconds that the access token lasts.' })
  expiresIn!: number;

  @Field(() => DateTimeISO, { description: 'The time of this authentication.' })
  authenticatedAt!: Date;
}
