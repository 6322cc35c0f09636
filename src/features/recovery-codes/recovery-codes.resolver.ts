import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, RateLimit } from '../../graphql/directives.js';
import { ConfirmTwoFactorInput } from '../second-factors/index.js';
import { RecoveryCodes } from './recovery-codes.type.js';
import { type RecoveryCodeDeps, regenerateRecoveryCodes } from './replace-codes.js';

@Resolver()
export class RecoveryCodesResolver {
  constructor(readonly deps: RecoveryCodeDeps) {}

  @Auth()
  @RateLimit(5, 60)
  @ChecksCredential()
  @Mutation(() => RecoveryCodes, {
    description:
      'Replaces all recovery codes by ten new ones. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED (no password), INVALID_TWO_FACTOR_CODE, TWO_FACTOR_NOT_ENABLED or ACCOUNT_LOCKED.',
  })
  async regenerateRecoveryCodes(
    @Arg('input', () => ConfirmTwoFactorInput, {
      description: 'The password and a code that prove the identity of the caller.',
    })
    input: ConfirmTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<RecoveryCodes> {
    const actor = await context.signedInActor();
    return { recoveryCodes: await regenerateRecoveryCodes(this.deps, actor, input) };
  }
}
