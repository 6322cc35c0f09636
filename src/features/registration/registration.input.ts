import { Field, InputType } from 'type-graphql';
import { Role } from '../../platform/actor.js';
import type { NewRegistration } from './register.js';

@InputType({ description: 'The input of register.' })
export class RegisterInput implements NewRegistration {
  @Field(() => String, {
    description: 'The username: 3 to 32 letters, digits, "_", "-" or ".", unique in any letter case.',
  })
  username!: string;

  @Field(() => String, { description: 'The email address that the verification link is sent to.' })
  email!: string;

  @Field(() => String, {
    description:
      'The password: 12 to 256 characters, not easy to guess, without the username or the part of the email address before the "@".',
  })
  password!: string;

  @Field(() => String, { description: 'The password again. BAD_USER_INPUT if it differs.' })
  confirmPassword!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name to show to other people: up to 100 characters in any script. Null for none.',
  })
  displayName?: string | null;

  @Field(() => Role, {
    nullable: true,
    defaultValue: Role.CUSTOMER,
    description:
      'The role of the new account. STAFF and ADMIN are FORBIDDEN unless an admin is signed in, and take effect when the address is verified.',
  })
  role?: Role | null;
}
