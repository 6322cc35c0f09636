import { Arg, Ctx, Field, InputType, Mutation, Query, Resolver } from 'type-graphql';
import { UserType } from '../accounts/index.js';
import { Acknowledgement, acknowledged } from '../graphql/acknowledgement.type.js';
import { GatewayContext } from '../graphql/context.js';
import { Auth, ChecksCredential, RateLimit } from '../graphql/directives.js';
import { requestEmailChange } from './change-email.js';
import type { ProfileParts } from './parts.js';
import { updateProfile } from './update-profile.js';

@InputType()
export class UpdateProfileInput {
  @Field(() => String, { nullable: true })
  username?: string | null;

  @Field(() => String, { nullable: true })
  displayName?: string | null;
}

@InputType()
export class ChangeEmailInput {
  @Field(() => String)
  newEmail!: string;

  @Field(() => String)
  password!: string;
}

@Resolver()
export class ProfileResolver {
  constructor(readonly parts: ProfileParts) {}

  @Auth()
  @Query(() => UserType, { nullable: true, description: 'The signed-in user.' })
  async me(@Ctx() context: GatewayContext): Promise<UserType | null> {
    return this.parts.users.load((await context.principal()).userId) as Promise<UserType | null>;
  }

  @Auth()
  @RateLimit(20, 60)
  @Mutation(() => UserType)
  async updateProfile(
    @Arg('input', () => UpdateProfileInput) input: UpdateProfileInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await updateProfile(this.parts, input, await context.principal(), context.client)) as UserType;
  }

  @Auth()
  @RateLimit(3, 3600)
  @ChecksCredential()
  @Mutation(() => Acknowledgement, {
    description: 'Mails a link to the new address and a notice to the old one; verifyEmail finishes it.',
  })
  async changeEmail(
    @Arg('input', () => ChangeEmailInput) input: ChangeEmailInput,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await requestEmailChange(this.parts, input, await context.principal(), context.client);
    return acknowledged;
  }
}
