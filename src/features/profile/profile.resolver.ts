import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../../graphql/acknowledgement.type.js';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, RateLimit } from '../../graphql/directives.js';
import { UserType } from '../accounts/index.js';
import { requestEmailChange } from './change-email.js';
import type { ProfileDeps } from './deps.js';
import { ChangeEmailInput, UpdateProfileInput } from './profile.input.js';
import { updateProfile } from './update-profile.js';

@Resolver()
export class ProfileResolver {
  constructor(readonly deps: ProfileDeps) {}

  @Auth()
  @Query(() => UserType, {
    nullable: true,
    description: 'The signed-in user. Null, with the error UNAUTHENTICATED, if nobody is signed in.',
  })
  async me(@Ctx() context: GatewayContext): Promise<UserType | null> {
    return this.deps.users.load((await context.principal()).userId) as Promise<UserType | null>;
  }

  @Auth()
  @RateLimit(20, 60)
  @Mutation(() => UserType, {
    description: 'Changes the names of the caller. It can fail with BAD_USER_INPUT or USERNAME_TAKEN.',
  })
  async updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'The names to change.' })
    input: UpdateProfileInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await updateProfile(this.deps, await context.signedInActor(), input)) as UserType;
  }

  @Auth()
  @RateLimit(3, 3600)
  @ChecksCredential()
  @Mutation(() => Acknowledgement, {
    description:
      'Mails a link to the new address and a notice to the old one; verifyEmail finishes it. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED (no password) or ACCOUNT_LOCKED; the answer does not tell whether the new address is taken.',
  })
  async changeEmail(
    @Arg('input', () => ChangeEmailInput, {
      description: 'The new address, and the password unless the session has authenticated recently.',
    })
    input: ChangeEmailInput,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await requestEmailChange(this.deps, await context.signedInActor(), input);
    return acknowledged;
  }
}
