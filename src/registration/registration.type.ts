import { Field, ObjectType } from 'type-graphql';

@ObjectType()
export class RegisterPayload {
  @Field(() => String, {
    description:
      'The address that the verification link went to. The answer is the same for a taken address.',
  })
  email!: string;

  @Field(() => Boolean)
  verificationRequired!: boolean;
}

@ObjectType()
export class VerifyEmailPayload {
  @Field(() => String)
  email!: string;
}
