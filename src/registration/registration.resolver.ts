import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../graphql/acknowledgement.type.js';
import { GatewayContext } from '../graphql/context.js';
import { ChecksCredential, Public, RateLimit } from '../graphql/directives.js';
import type { RegistrationParts } from './parts.js';
import { register } from './register.js';
import { RegisterInput } from './registration.input.js';
import { RegisterPayload, VerifyEmailPayload } from './registration.type.js';
import { requestVerificationMail } from './resend-verification.js';
import { verifyEmail } from './verify-email.js';

@Resolver()
export class RegistrationResolver {
  constructor(readonly parts: RegistrationParts) {}

  @Public()
  @RateLimit(5, 3600)
  @Mutation(() => RegisterPayload)
  async register(
    @Arg('input', () => RegisterInput) input: RegisterInput,
    @Ctx() context: GatewayContext,
  ): Promise<RegisterPayload> {
    const { principal } = await context.viewer();
    const email = await register(this.parts, input, principal, context.client);
    return { email, verificationRequired: this.parts.requireVerifiedEmail };
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => VerifyEmailPayload, {
    description: 'The password is needed only if PASSWORD_REQUIRED says so.',
  })
  async verifyEmail(
    @Arg('token', () => String) token: string,
    @Arg('password', () => String, { nullable: true }) password: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<VerifyEmailPayload> {
    return { email: await verifyEmail(this.parts, token, password ?? null, context.client) };
  }

  @Public()
  @RateLimit(3, 3600)
  @Mutation(() => Acknowledgement)
  async resendVerificationEmail(@Arg('email', () => String) email: string): Promise<Acknowledgement> {
    await requestVerificationMail(this.parts, email);
    return acknowledged;
  }
}
