import { Field, InputType } from 'type-graphql';
import type { EmailChange } from './change-email.js';
import type { ProfileChange } from './update-profile.js';

@InputType({ description: 'The input of updateProfile. A field that is left out stays as it is.' })
export class UpdateProfileInput implements ProfileChange {
  @Field(() => String, {
    nullable: true,
    description:
      'The new username: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case. It cannot be null.',
  })
  username?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The new display name: up to 100 characters in any script. Null or empty text removes it.',
  })
  displayName?: string | null;
}

@InputType({ description: 'The input of changeEmail.' })
export class ChangeEmailInput implements EmailChange {
  @Field(() => String, { description: 'The new email address. It must differ from the current one.' })
  newEmail!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The current password. Not needed if the session has authenticated recently (see recentAuth).',
  })
  password?: string | null;
}
