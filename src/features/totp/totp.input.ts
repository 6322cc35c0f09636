import { Field, InputType } from 'type-graphql';

@InputType({ description: 'The input of setupTwoFactor.' })
export class SetupTwoFactorInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The current password. Not needed if the session has authenticated recently (see recentAuth).',
  })
  password?: string | null;
}
