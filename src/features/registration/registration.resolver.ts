import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../../graphql/acknowledgement.type.js';
import { GatewayContext } from '../../graphql/context.js';
import { ChecksCredential, Public, RateLimit } from '../../graphql/directives.js';
import type { RegistrationDeps } from './deps.js';
import { register } from './register.js';
import { RegisterInput } from './registration.input.js';
import { RegisterPayload, VerifyEmailPayload } from './registration.type.js';
import { requestVerificationMail } from './resend-verification.js';
import { verifyEmail } from './verify-email.js';

@Resolver()
export class RegistrationResolver {
  constructor(readonly deps: RegistrationDeps) {}

  @Public()
  @RateLimit(5, 3600)
  @Mutation(() => RegisterPayload, {
    description:
      'Registers a person and mails a verification link; a registration that nobody verifies expires after seven days. It can fail with BAD_USER_INPUT, USERNAME_TAKEN, FORBIDDEN, for signed-in staff only EMAIL_TAKEN, or REAUTHENTICATION_REQUIRED if an admin gives a role.',
  })
  async register(
    @Arg('input', () => RegisterInput, { description: 'The account to register.' }) input: RegisterInput,
    @Ctx() context: GatewayContext,
  ): Promise<RegisterPayload> {
    const email = await register(this.deps, await context.actor(), input);
    return { email, verificationRequired: this.deps.requireVerifiedEmail };
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => VerifyEmailPayload, {
    description:
      'Verifies an email address by the token from a mail, which completes a registration or a change of address. It can fail with TOKEN_INVALID, PASSWORD_REQUIRED, INVALID_CREDENTIALS, ACCOUNT_LOCKED or BAD_USER_INPUT; the token stays valid after every error except TOKEN_INVALID.',
  })
  async verifyEmail(
    @Arg('token', () => String, {
      description: 'The token from the link in the mail. It works once, within 24 hours.',
    })
    token: string,
    @Arg('password', () => String, {
      nullable: true,
      description:
        'The password of the registration that the link belongs to. Needed only after the error PASSWORD_REQUIRED.',
    })
    password: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<VerifyEmailPayload> {
    return { email: await verifyEmail(this.deps, context.visitor, token, password ?? null) };
  }

  @Public()
  @RateLimit(3, 3600)
  @Mutation(() => Acknowledgement, {
    description:
      'Mails new verification links to the registrations that wait for an address (the newest five). The answer is the same whether or not any wait; it can fail with BAD_USER_INPUT.',
  })
  async resendVerificationEmail(
    @Arg('email', () => String, { description: 'The email address of the registration, in any letter case.' })
    email: string,
  ): Promise<Acknowledgement> {
    await requestVerificationMail(this.deps, email);
    return acknowledged;
  }
}
