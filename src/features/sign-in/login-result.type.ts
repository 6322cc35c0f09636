import { createUnionType, Field, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';
import { TwoFactorMethod } from '../second-factors/index.js';
import { AuthPayload } from '../sessions/index.js';

@ObjectType({
  description:
    'The first factor was right; a second factor is still needed. The challenge token works only for verifyTwoFactor.',
})
export class TwoFactorChallenge {
  @Field(() => String, {
    description: 'The token for verifyTwoFactor. It permits five tries, and a newer challenge replaces it.',
  })
  challengeToken!: string;

  @Field(() => [TwoFactorMethod], { description: 'The methods that the user can choose from.' })
  methods!: TwoFactorMethod[];

  @Field(() => String, {
    nullable: true,
    description:
      'JSON text for PublicKeyCredential.parseRequestOptionsFromJSON. Null if PASSKEY is not among the methods.',
  })
  passkeyOptions!: string | null;

  @Field(() => DateTimeISO, {
    description: 'The time when the challenge expires: five minutes after the first factor was checked.',
  })
  expiresAt!: Date;
}

export const LoginResult = createUnionType({
  name: 'LoginResult',
  description:
    'AuthPayload if the sign-in is complete, or TwoFactorChallenge if the account has a second factor.',
  types: () => [AuthPayload, TwoFactorChallenge] as const,
});
