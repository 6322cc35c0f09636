import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../../graphql/acknowledgement.type.js';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, Public, RateLimit } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import { type User, UserType } from '../accounts/index.js';
import { changePassword } from './change-password.js';
import type { PasswordDeps } from './deps.js';
import { ChangePasswordInput, ResetPasswordInput } from './passwords.input.js';
import { requestReset } from './request-reset.js';
import { resetPassword } from './reset-password.js';

@Resolver()
export class PasswordsResolver {
  constructor(readonly deps: PasswordDeps) {}

  @Public()
  @RateLimit(3, 3600)
  @Mutation(() => Acknowledgement, {
    description:
      'Mails a link that sets a new password and works for 30 minutes. The answer is the same whether or not the address has an account; it can fail with BAD_USER_INPUT.',
  })
  async requestPasswordReset(
    @Arg('email', () => String, { description: 'The email address of the account, in any letter case.' })
    email: string,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await requestReset(this.deps, context.visitor, email);
    return acknowledged;
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => Acknowledgement, {
    description:
      'Sets a password by the token from a mail, verifies the email address, lifts locks and ends all sessions; it does not sign the user in. It can fail with BAD_USER_INPUT (the token stays valid) or TOKEN_INVALID.',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The token and the new password.' })
    input: ResetPasswordInput,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await resetPassword(this.deps, context.visitor, input);
    return acknowledged;
  }

  @Auth()
  @RateLimit(5, 300)
  @ChecksCredential()
  @Mutation(() => Acknowledgement, {
    description:
      'Changes the password of the caller, or sets the first one, and ends all other sessions. It can fail with BAD_USER_INPUT, INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED (no current password) or ACCOUNT_LOCKED.',
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The current and the new password.' })
    input: ChangePasswordInput,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await changePassword(this.deps, await context.signedInActor(), input);
    return acknowledged;
  }
}

/** Adds the field `User.hasPassword`. */
@Resolver(() => UserType)
export class UserPasswordResolver {
  @Auth({ requires: Role.STAFF, allowOwner: true })
  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'False if the user signs in by a passkey or an identity provider only, or has not accepted the invitation yet. Null if the caller may not read it.',
  })
  hasPassword(@Root() { passwordHash }: User): boolean {
    return passwordHash !== null;
  }
}
