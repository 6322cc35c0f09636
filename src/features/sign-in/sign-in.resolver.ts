import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatewayContext } from '../../graphql/context.js';
import { ChecksCredential, Public, RateLimit } from '../../graphql/directives.js';
import { DEVICE_DAYS } from '../lockout/index.js';
import { AuthPayload, deliverTokens } from '../sessions/index.js';
import type { SignInDeps } from './deps.js';
import { login } from './login.js';
import { LoginResult, TwoFactorChallenge } from './login-result.type.js';
import { LoginInput, VerifyTwoFactorInput } from './sign-in.input.js';
import type { CompletedSignIn } from './sign-in.model.js';
import { verifyTwoFactor } from './verify-two-factor.js';

const DEVICE_COOKIE = 'device';

@Resolver()
export class SignInResolver {
  constructor(readonly deps: SignInDeps) {}

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => LoginResult, {
    description:
      'Signs a user in by password. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, ACCOUNT_LOCKED or, only after the right password, EMAIL_NOT_VERIFIED or ACCOUNT_DISABLED.',
  })
  async login(
    @Arg('input', () => LoginInput, { description: 'The credentials of the user.' }) {
      tokenDelivery,
      ...input
    }: LoginInput,
    @Ctx() context: GatewayContext,
  ): Promise<typeof LoginResult> {
    const deviceCookie = context.cookies.get(DEVICE_COOKIE);
    const credentials = { ...input, delivery: tokenDelivery, deviceCookie };
    const outcome = await login(this.deps, context.visitor, credentials);
    if ('challengeToken' in outcome) return Object.assign(new TwoFactorChallenge(), outcome);
    return answer(outcome, context);
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => AuthPayload, {
    description:
      'Completes a sign-in that answered with a TwoFactorChallenge. It can fail with TOKEN_INVALID, INVALID_TWO_FACTOR_CODE or ACCOUNT_LOCKED: five wrong codes in 15 minutes lock the second factor for 15 minutes.',
  })
  async verifyTwoFactor(
    @Arg('input', () => VerifyTwoFactorInput, { description: 'The challenge and the code that answers it.' })
    input: VerifyTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<AuthPayload> {
    const deviceCookie = context.cookies.get(DEVICE_COOKIE);
    const outcome = await verifyTwoFactor(this.deps, context.visitor, { ...input, deviceCookie });
    return answer(outcome, context);
  }
}

function answer({ tokens, delivery, deviceCookie }: CompletedSignIn, context: GatewayContext): AuthPayload {
  context.cookies.set(DEVICE_COOKIE, deviceCookie, { maxAge: DEVICE_DAYS * 86_400 });
  return deliverTokens(tokens, delivery, context);
}
