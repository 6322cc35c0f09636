import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../graphql/acknowledgement.type.js';
import { GatewayContext } from '../graphql/context.js';
import { Auth, ChecksCredential, Public, RateLimit } from '../graphql/directives.js';
import { changePassword } from './change-password.js';
import type { PasswordParts } from './parts.js';
import { ChangePasswordInput, ResetPasswordInput } from './passwords.input.js';
import { requestReset } from './request-reset.js';
import { resetPassword } from './reset-password.js';

@Resolver()
export class PasswordsResolver {
  constructor(readonly parts: PasswordParts) {}

  @Public()
  @RateLimit(3, 3600)
  @Mutation(() => Acknowledgement, {
    description: 'The answer is the same whether or not the address has an account.',
  })
  async requestPasswordReset(
    @Arg('email', () => String) email: string,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await requestReset(this.parts, email, context.client);
    return acknowledged;
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => Acknowledgement)
  async resetPassword(
    @Arg('input', () => ResetPasswordInput) input: ResetPasswordInput,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await resetPassword(this.parts, input, context.client);
    return acknowledged;
  }

  @Auth()
  @RateLimit(5, 300)
  @ChecksCredential()
  @Mutation(() => Acknowledgement)
  async changePassword(
    @Arg('input', () => ChangePasswordInput) input: ChangePasswordInput,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await changePassword(this.parts, input, await context.principal(), context.client);
    return acknowledged;
  }
}
