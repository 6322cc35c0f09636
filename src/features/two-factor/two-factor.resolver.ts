import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, RateLimit } from '../../graphql/directives.js';
import { Role } from '../../platform/principal.js';
import { type User, UserType } from '../accounts/index.js';
import type { TwoFactorDeps } from './deps.js';
import { disable } from './disable.js';
import { enable } from './enable.js';
import { regenerateRecoveryCodes } from './regenerate-recovery-codes.js';
import { setUp } from './set-up.js';
import { ConfirmTwoFactorInput, SetupTwoFactorInput } from './two-factor.input.js';
import { RecoveryCodes, TwoFactorSetup } from './two-factor.type.js';

@Resolver()
export class TwoFactorResolver {
  constructor(readonly deps: TwoFactorDeps) {}

  @Auth()
  @RateLimit(5, 300)
  @ChecksCredential()
  @Mutation(() => TwoFactorSetup, {
    description:
      'Starts the setup of a second factor and replaces an unconfirmed setup; it has no effect until enableTwoFactor confirms it. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED or TWO_FACTOR_ALREADY_ENABLED.',
  })
  async setupTwoFactor(
    @Arg('input', () => SetupTwoFactorInput, {
      description: 'The password that proves the identity of the caller.',
    })
    { password }: SetupTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<TwoFactorSetup> {
    return setUp(this.deps, await context.principal(), password, context.client);
  }

  @Auth()
  @RateLimit(5, 60)
  @ChecksCredential()
  @Mutation(() => UserType, {
    description:
      'Confirms the setup of the second factor; from then on every sign-in by password needs it. It can fail with INVALID_TWO_FACTOR_CODE, TWO_FACTOR_ALREADY_ENABLED, TWO_FACTOR_NOT_ENABLED (no setup, or an expired one) or ACCOUNT_LOCKED.',
  })
  async enableTwoFactor(
    @Arg('code', () => String, {
      description:
        'A TOTP code of six digits from the new setup; a recovery code is refused. Spaces and dashes are ignored.',
    })
    code: string,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await enable(this.deps, await context.principal(), code, context.client)) as UserType;
  }

  @Auth()
  @RateLimit(5, 60)
  @ChecksCredential()
  @Mutation(() => UserType, {
    description:
      'Removes the second factor and its recovery codes, and mails the user. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, INVALID_TWO_FACTOR_CODE, TWO_FACTOR_NOT_ENABLED or ACCOUNT_LOCKED.',
  })
  async disableTwoFactor(
    @Arg('input', () => ConfirmTwoFactorInput, {
      description: 'The password and a code that prove the identity of the caller.',
    })
    input: ConfirmTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await disable(this.deps, await context.principal(), input, context.client)) as UserType;
  }

  @Auth()
  @RateLimit(5, 60)
  @ChecksCredential()
  @Mutation(() => RecoveryCodes, {
    description:
      'Replaces all recovery codes by ten new ones. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, INVALID_TWO_FACTOR_CODE, TWO_FACTOR_NOT_ENABLED or ACCOUNT_LOCKED.',
  })
  async regenerateRecoveryCodes(
    @Arg('input', () => ConfirmTwoFactorInput, {
      description: 'The password and a code that prove the identity of the caller.',
    })
    input: ConfirmTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<RecoveryCodes> {
    const caller = await context.principal();
    return { recoveryCodes: await regenerateRecoveryCodes(this.deps, caller, input, context.client) };
  }
}

/** `User.twoFactorEnabled`: a field of the second factor's on somebody else's type. */
@Resolver(() => UserType)
export class UserTwoFactorResolver {
  constructor(readonly deps: TwoFactorDeps) {}

  @Auth({ requires: Role.STAFF, allowOwner: true })
  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'True if a sign-in needs a second factor; a setup that is not confirmed does not count. Null if the caller may not read it.',
  })
  twoFactorEnabled(@Root() user: User): Promise<boolean> {
    return this.deps.store.isEnabled(user.id);
  }
}
