import { Field, InputType } from 'type-graphql';
import type { Confirmation } from './confirm-both-factors.js';

@InputType({
  description:
    'The input of disableTwoFactor and regenerateRecoveryCodes. Both the password and the code are checked.',
})
export class ConfirmTwoFactorInput implements Confirmation {
  @Field(() => String, { description: 'The current password of the caller.' })
  password!: string;

  @Field(() => String, { description: 'A TOTP code or a recovery code. Spaces and dashes are ignored.' })
  code!: string;
}
