import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatewayContext } from '../../graphql/context.js';
import { ChecksCredential, Public, RateLimit } from '../../graphql/directives.js';
import { AuthPayload } from '../sessions/index.js';
import type { SignInDeps } from './deps.js';
import { login } from './login.js';
import { answerLogin, answerSignIn, LoginResult, readDeviceCookie } from './login-result.type.js';
import { LoginInput, VerifyTwoFactorInput } from './sign-in.input.js';
import { verifyTwoFactor } from './verify-two-factor.js';

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
    const credentials = { ...input, delivery: tokenDelivery, deviceCookie: readDeviceCookie(context) };
    return answerLogin(await login(this.deps, context.visitor, credentials), context);
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => AuthPayload, {
    description:
      'Completes a sign-in that answered with a TwoFactorChallenge. It can fail with BAD_USER_INPUT, TOKEN_INVALID, INVALID_TWO_FACTOR_CODE or ACCOUNT_LOCKED: five wrong answers in 15 minutes lock the second factor for 15 minutes.',
  })
  async verifyTwoFactor(
    @Arg('input', () => VerifyTwoFactorInput, {
      description: 'The challenge and the code or credential that answers it.',
    })
    input: VerifyTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<AuthPayload> {
    const { challengeToken, code, credential } = input;
    const step = { challengeToken, code, credential, deviceCookie: readDeviceCookie(context) };
    return answerSignIn(await verifyTwoFactor(this.deps, context.visitor, step), context);
  }
}
