import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatewayContext } from '../graphql/context.js';
import { ChecksCredential, Public, RateLimit } from '../graphql/directives.js';
import { DEVICE_DAYS } from '../lockout/index.js';
import { AuthPayload, deliver, TokenDelivery } from '../sessions/index.js';
import { login } from './login.js';
import { LoginResult, TwoFactorChallenge } from './login-result.type.js';
import type { Finished } from './open-session.js';
import type { SignInParts } from './parts.js';
import { LoginInput, VerifyTwoFactorInput } from './sign-in.input.js';
import { verifyTwoFactor } from './verify-two-factor.js';

const DEVICE_COOKIE = 'device';

@Resolver()
export class SignInResolver {
  constructor(readonly parts: SignInParts) {}

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => LoginResult)
  async login(
    @Arg('input', () => LoginInput) { tokenDelivery, ...input }: LoginInput,
    @Ctx() context: GatewayContext,
  ): Promise<typeof LoginResult> {
    const deviceCookie = context.cookies.get(DEVICE_COOKIE);
    const outcome = await login(
      this.parts,
      { ...input, delivery: tokenDelivery, deviceCookie },
      context.client,
    );
    if ('challengeToken' in outcome) return Object.assign(new TwoFactorChallenge(), outcome);
    return finished(outcome, tokenDelivery, context);
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => AuthPayload)
  async verifyTwoFactor(
    @Arg('input', () => VerifyTwoFactorInput) input: VerifyTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<AuthPayload> {
    const deviceCookie = context.cookies.get(DEVICE_COOKIE);
    const outcome = await verifyTwoFactor(this.parts, { ...input, deviceCookie }, context.client);
    return finished(outcome, outcome.delivery as TokenDelivery, context);
  }
}

function finished(
  { signedIn, deviceCookie }: Finished,
  delivery: TokenDelivery,
  context: GatewayContext,
): AuthPayload {
  context.cookies.set(DEVICE_COOKIE, deviceCookie, { maxAge: DEVICE_DAYS * 86_400 });
  return deliver(signedIn, delivery, context);
}
