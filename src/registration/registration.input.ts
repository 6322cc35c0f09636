import { Field, InputType } from 'type-graphql';
import { Role } from '../platform/principal.js';

@InputType()
export class RegisterInput {
  @Field(() => String)
  username!: string;

  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => String)
  confirmPassword!: string;

  @Field(() => String, { nullable: true })
  displayName?: string | null;

  @Field(() => Role, {
    nullable: true,
    defaultValue: Role.CUSTOMER,
    description: 'Anything but CUSTOMER is FORBIDDEN unless an admin is signed in.',
  })
  role?: Role | null;
}
