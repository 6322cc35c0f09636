import { Field, InputType } from 'type-graphql';

@InputType({ description: 'The input of setupTwoFactor.' })
export class SetupTwoFactorInput {
  @Field(() => String, { description: 'The current password of the caller.' })
  password!: string;
}
