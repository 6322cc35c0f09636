import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, RateLimit } from '../../graphql/directives.js';
import { UserType } from '../accounts/index.js';
import type { TotpDeps } from './deps.js';
import { enable } from './enable.js';
import { setUp } from './set-up.js';
import { SetupTwoFactorInput } from './totp.input.js';
import { TwoFactorSetup } from './totp.type.js';

@Resolver()
export class TotpResolver {
  constructor(readonly deps: TotpDeps) {}

  @Auth()
  @RateLimit(5, 300)
  @ChecksCredential()
  @Mutation(() => TwoFactorSetup, {
    description:
      'Starts the setup of a second factor and replaces an unconfirmed setup; it has no effect until enableTwoFactor confirms it. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED (no password), ACCOUNT_LOCKED or TWO_FACTOR_ALREADY_ENABLED.',
  })
  async setupTwoFactor(
    @Arg('input', () => SetupTwoFactorInput, {
      description: 'The password that proves the identity of the caller.',
    })
    { password }: SetupTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<TwoFactorSetup> {
    return setUp(this.deps, await context.signedInActor(), password);
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
    return (await enable(this.deps, await context.signedInActor(), code)) as UserType;
  }
}
