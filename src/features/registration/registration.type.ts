import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'The result of register.' })
export class RegisterPayload {
  @Field(() => String, {
    description:
      'The address that the verification link went to. The answer is the same for a taken address.',
  })
  email!: string;

  @Field(() => Boolean, {
    description: 'True if the address must be verified before the first sign-in, which is the default.',
  })
  verificationRequired!: boolean;
}

@ObjectType({ description: 'The result of verifyEmail.' })
export class VerifyEmailPayload {
  @Field(() => String, { description: 'The verified address in its stored form.' })
  email!: string;
}
