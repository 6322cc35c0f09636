import { createUnionType, Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeISO } from '../graphql/date-time.js';
import { AuthPayload } from '../sessions/index.js';

export enum TwoFactorMethod {
  TOTP = 'TOTP',
  RECOVERY_CODE = 'RECOVERY_CODE',
}
registerEnumType(TwoFactorMethod, { name: 'TwoFactorMethod' });

@ObjectType({
  description:
    'The password was right; a second factor is still wanted. Its token opens nothing but verifyTwoFactor.',
})
export class TwoFactorChallenge {
  @Field(() => String)
  challengeToken!: string;

  @Field(() => [TwoFactorMethod])
  methods!: TwoFactorMethod[];

  @Field(() => DateTimeISO)
  expiresAt!: Date;
}

export const LoginResult = createUnionType({
  name: 'LoginResult',
  types: () => [AuthPayload, TwoFactorChallenge] as const,
});
