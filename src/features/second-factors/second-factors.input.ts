import { Field, InputType } from 'type-graphql';
import type { Confirmation } from './confirm-both-factors.js';

@InputType({
  description:
    'The input of disableTwoFactor and regenerateRecoveryCodes. The code is always checked, and the password unless the session has authenticated recently.',
})
export class ConfirmTwoFactorInput implements Confirmation {
  @Field(() => String, {
    nullable: true,
    description:
      'The current password. Not needed if the session has authenticated recently (see recentAuth).',
  })
  password?: string | null;

  @Field(() => String, { description: 'A TOTP code or a recovery code. Spaces and dashes are ignored.' })
  code!: string;
}
