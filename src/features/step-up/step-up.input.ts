import { Field, InputType } from 'type-graphql';
import type { Reauthentication } from './reauthenticate.js';

@InputType({
  description:
    'The input of reauthenticate: exactly one of password, code and credential. If the account has a second factor, the password alone is not enough.',
})
export class ReauthenticateInput implements Reauthentication {
  @Field(() => String, { nullable: true, description: 'The current password of the caller.' })
  password?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A TOTP code or a recovery code. Spaces and dashes are ignored.',
  })
  code?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'JSON text of the AuthenticationResponseJSON that a passkey gave.',
  })
  credential?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The challenge token of the ceremony that the credential answers.',
  })
  challengeToken?: string | null;
}
