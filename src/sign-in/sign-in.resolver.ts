import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatewayContext } from '../graphql/context.js';
import { ChecksCredential, Public, RateLimit } from '../graphql/directives.js';
import { deliver } from '../sessions/index.js';
import type { SignInParts } from './index.js';
import { login } from './login.js';
import { LoginResult } from './login-result.type.js';
import { LoginInput } from './sign-in.input.js';

@Resolver()
export class SignInResolver {
  constructor(readonly parts: SignInParts) {}

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => LoginResult)
  async login(
    @Arg('input', () => LoginInput) input: LoginInput,
    @Ctx() context: GatewayContext,
  ): Promise<typeof LoginResult> {
    return deliver(await login(this.parts, input, context.client), input.tokenDelivery, context);
  }
}
