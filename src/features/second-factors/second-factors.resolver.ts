import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, RateLimit } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import { type User, UserType } from '../accounts/index.js';
import type { SecondFactorDeps } from './deps.js';
import { disable } from './disable.js';
import { ConfirmTwoFactorInput } from './second-factors.input.js';

@Resolver()
export class SecondFactorsResolver {
  constructor(readonly deps: SecondFactorDeps) {}

  @Auth()
  @RateLimit(5, 60)
  @ChecksCredential()
  @Mutation(() => UserType, {
    description:
      'Removes the second factor and its recovery codes, and mails the user. Passkeys stay. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED (no password), INVALID_TWO_FACTOR_CODE, TWO_FACTOR_NOT_ENABLED or ACCOUNT_LOCKED.',
  })
  async disableTwoFactor(
    @Arg('input', () => ConfirmTwoFactorInput, {
      description: 'The password and a code that prove the identity of the caller.',
    })
    input: ConfirmTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await disable(this.deps, await context.signedInActor(), input)) as UserType;
  }
}

/** `User.twoFactorEnabled` */
@Resolver(() => UserType)
export class UserTwoFactorResolver {
  constructor(readonly deps: SecondFactorDeps) {}

  @Auth({ requires: Role.STAFF, allowOwner: true })
  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'True if a sign-in needs a second factor; a setup that is not confirmed does not count. Null if the caller may not read it.',
  })
  twoFactorEnabled(@Root() user: User): Promise<boolean> {
    return this.deps.registered().store.isEnabled(user.id);
  }
}
