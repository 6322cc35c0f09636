import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { type User, UserType } from '../accounts/index.js';
import { GatewayContext } from '../graphql/context.js';
import { Auth, ChecksCredential, RateLimit } from '../graphql/directives.js';
import { Role } from '../platform/principal.js';
import { disable } from './disable.js';
import { enable } from './enable.js';
import type { TwoFactorParts } from './parts.js';
import { regenerateRecoveryCodes } from './regenerate-recovery-codes.js';
import { setUp } from './set-up.js';
import { ConfirmTwoFactorInput, SetupTwoFactorInput } from './two-factor.input.js';
import { RecoveryCodes, TwoFactorSetup } from './two-factor.type.js';

@Resolver()
export class TwoFactorResolver {
  constructor(readonly parts: TwoFactorParts) {}

  @Auth()
  @RateLimit(5, 300)
  @ChecksCredential()
  @Mutation(() => TwoFactorSetup)
  async setupTwoFactor(
    @Arg('input', () => SetupTwoFactorInput) { password }: SetupTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<TwoFactorSetup> {
    return setUp(this.parts, await context.principal(), password, context.client);
  }

  @Auth()
  @RateLimit(5, 60)
  @ChecksCredential()
  @Mutation(() => UserType)
  async enableTwoFactor(
    @Arg('code', () => String) code: string,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await enable(this.parts, await context.principal(), code, context.client)) as UserType;
  }

  @Auth()
  @RateLimit(5, 60)
  @ChecksCredential()
  @Mutation(() => UserType)
  async disableTwoFactor(
    @Arg('input', () => ConfirmTwoFactorInput) input: ConfirmTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await disable(this.parts, await context.principal(), input, context.client)) as UserType;
  }

  @Auth()
  @RateLimit(5, 60)
  @ChecksCredential()
  @Mutation(() => RecoveryCodes)
  async regenerateRecoveryCodes(
    @Arg('input', () => ConfirmTwoFactorInput) input: ConfirmTwoFactorInput,
    @Ctx() context: GatewayContext,
  ): Promise<RecoveryCodes> {
    const caller = await context.principal();
    return { recoveryCodes: await regenerateRecoveryCodes(this.parts, caller, input, context.client) };
  }
}

/** `User.twoFactorEnabled`: a field of the second factor's on somebody else's type. */
@Resolver(() => UserType)
export class UserTwoFactorResolver {
  constructor(readonly parts: TwoFactorParts) {}

  @Auth({ requires: Role.STAFF, allowOwner: true })
  @FieldResolver(() => Boolean, { nullable: true })
  twoFactorEnabled(@Root() user: User): Promise<boolean> {
    return this.parts.store.isEnabled(user.id);
  }
}
