import { Field, InputType } from 'type-graphql';

@InputType()
export class SetupTwoFactorInput {
  @Field(() => String)
  password!: string;
}

@InputType()
export class ConfirmTwoFactorInput {
  @Field(() => String)
  password!: string;

  @Field(() => String, { description: 'A TOTP code or a recovery code.' })
  code!: string;
}
