import { Field, InputType, registerEnumType } from 'type-graphql';
import { TokenDelivery } from '../sessions/index.js';

registerEnumType(TokenDelivery, { name: 'TokenDelivery' });

@InputType()
export class LoginInput {
  @Field(() => String, { description: 'A username or an email address, in any letter case.' })
  identifier!: string;

  @Field(() => String)
  password!: string;

  @Field(() => Boolean, { defaultValue: false })
  rememberMe!: boolean;

  @Field(() => TokenDelivery, { defaultValue: TokenDelivery.BODY })
  tokenDelivery!: TokenDelivery;
}

@InputType()
export class VerifyTwoFactorInput {
  @Field(() => String)
  challengeToken!: string;

  @Field(() => String, { description: 'A TOTP code or a recovery code.' })
  code!: string;
}
