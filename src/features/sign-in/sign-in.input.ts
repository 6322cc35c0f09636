import { Field, InputType } from 'type-graphql';
import { registerEnum } from '../../graphql/enum.js';
import { TokenDelivery } from '../sessions/index.js';

registerEnum(TokenDelivery, {
  name: 'TokenDelivery',
  description: 'How the client receives its refresh token.',
  values: {
    BODY: 'In the field refreshToken of the answer. For clients that can store a secret, such as mobile apps.',
    COOKIE: 'In an HttpOnly cookie that scripts cannot read. For browsers.',
  },
});

/** The field `rememberMe` of every input that completes a sign-in. */
export function RememberMeField(): PropertyDecorator {
  return Field(() => Boolean, {
    defaultValue: false,
    description:
      'True gives the session a longer life (30 days instead of 7 by default) and keeps the cookie after the browser is closed.',
  });
}

/** The field `tokenDelivery` of every input that completes a sign-in. */
export function TokenDeliveryField(
  description = 'How the client receives the refresh token.',
): PropertyDecorator {
  return Field(() => TokenDelivery, { defaultValue: TokenDelivery.BODY, description });
}

@InputType({ description: 'The input of login.' })
export class LoginInput {
  @Field(() => String, { description: 'A username or an email address, in any letter case.' })
  identifier!: string;

  @Field(() => String, { description: 'The password, exactly as the user typed it.' })
  password!: string;

  @RememberMeField()
  rememberMe!: boolean;

  @TokenDeliveryField('How the client receives the refresh token. verifyTwoFactor uses the same choice.')
  tokenDelivery!: TokenDelivery;
}

@InputType({ description: 'The input of verifyTwoFactor: either a code or a credential.' })
export class VerifyTwoFactorInput {
  @Field(() => String, { description: 'The token of the TwoFactorChallenge.' })
  challengeToken!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A TOTP code or a recovery code. Spaces and dashes are ignored.',
  })
  code?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'JSON text of the AuthenticationResponseJSON that a passkey gave to passkeyOptions of the challenge.',
  })
  credential?: string | null;
}
