import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, RateLimit } from '../../graphql/directives.js';
import type { StepUpDeps } from './deps.js';
import { reauthenticate } from './reauthenticate.js';
import { ReauthenticateInput } from './step-up.input.js';
import { ReauthenticatePayload } from './step-up.type.js';

@Resolver()
export class StepUpResolver {
  constructor(readonly deps: StepUpDeps) {}

  @Auth()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => ReauthenticatePayload, {
    description:
      'Authenticates the caller again, for operations with @recentAuth and inputs with an omitted password. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, INVALID_TWO_FACTOR_CODE, TWO_FACTOR_NOT_ENABLED (a code without a second factor), TOKEN_INVALID, ACCOUNT_LOCKED or REAUTHENTICATION_REQUIRED (a password alone, if the account has a second factor).',
  })
  async reauthenticate(
    @Arg('input', () => ReauthenticateInput, {
      description: 'The password, the code or the passkey credential of the caller.',
    })
    input: ReauthenticateInput,
    @Ctx() context: GatewayContext,
  ): Promise<ReauthenticatePayload> {
    const { accessToken, expiresIn, session } = await reauthenticate(
      this.deps,
      await context.signedInActor(),
      input,
    );
    return { accessToken, tokenType: 'Bearer', expiresIn, authenticatedAt: session.authenticatedAt };
  }
}
