import { Field, InputType } from 'type-graphql';
import type { PasswordChange } from './change-password.js';
import type { PasswordReset } from './reset-password.js';

@InputType({ description: 'The input of resetPassword.' })
export class ResetPasswordInput implements PasswordReset {
  @Field(() => String, {
    description: 'The token from the link in the mail of a password reset or an invitation.',
  })
  token!: string;

  @Field(() => String, {
    description:
      'The new password: 12 to 256 characters, not easy to guess, without the username or the part of the email address before the "@".',
  })
  newPassword!: string;

  @Field(() => String, { description: 'The new password again. BAD_USER_INPUT if it differs.' })
  confirmPassword!: string;
}

@InputType({ description: 'The input of changePassword.' })
export class ChangePasswordInput implements PasswordChange {
  @Field(() => String, {
    nullable: true,
    description:
      'The current password. Left out only if the account has none and the session has authenticated recently (see recentAuth).',
  })
  currentPassword?: string | null;

  @Field(() => String, {
    description:
      'The new password: 12 to 256 characters, not easy to guess, without the username or the part of the email address before the "@". It must differ from the current one.',
  })
  newPassword!: string;

  @Field(() => String, { description: 'The new password again. BAD_USER_INPUT if it differs.' })
  confirmPassword!: string;
}
