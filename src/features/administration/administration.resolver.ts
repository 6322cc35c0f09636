import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../../graphql/acknowledgement.type.js';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, RecentAuth } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import { UserType } from '../accounts/index.js';
import {
  activateUser,
  deactivateUser,
  resetUserTwoFactor,
  revokeUserSessions,
  unlockUser,
} from './account-state.js';
import { CreateUserInput, UpdateUserInput } from './administration.input.js';
import { createUser } from './create-user.js';
import type { AdministrationDeps } from './deps.js';
import { updateUser } from './update-user.js';

@Resolver()
export class AdministrationResolver {
  constructor(readonly deps: AdministrationDeps) {}

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType, {
    description:
      'Makes an account without a password and mails an invitation to set one. The invitation works for 72 hours; the operation can fail with BAD_USER_INPUT, USERNAME_TAKEN, EMAIL_TAKEN or, for another role than CUSTOMER, REAUTHENTICATION_REQUIRED.',
  })
  async createUser(
    @Arg('input', () => CreateUserInput, { description: 'The account to create.' }) input: CreateUserInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await createUser(this.deps, await context.signedInActor(), input)) as UserType;
  }

  @Auth({ requires: Role.STAFF })
  @Mutation(() => UserType, {
    description:
      'Changes an account: staff may edit customers, admins anybody, and only admins may set roles. It can fail with BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, USERNAME_TAKEN, EMAIL_TAKEN, LAST_ADMIN or, for a change of role or address, REAUTHENTICATION_REQUIRED.',
  })
  async updateUser(
    @Arg('id', () => ID, { description: 'The id of the user.' }) id: string,
    @Arg('input', () => UpdateUserInput, { description: 'The fields to change.' }) input: UpdateUserInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await updateUser(this.deps, await context.signedInActor(), id, input)) as UserType;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType, {
    description:
      'Deactivates an account: all sessions end, and the user cannot sign in. It can fail with NOT_FOUND or LAST_ADMIN; succeeds if the account is already deactivated.',
  })
  async deactivateUser(
    @Arg('id', () => ID, { description: 'The id of the user.' }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await deactivateUser(this.deps, await context.signedInActor(), id)) as UserType;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType, {
    description:
      'Activates a deactivated account, and mails a new invitation if its user has no way to sign in. It can fail with NOT_FOUND; succeeds if the account is already active.',
  })
  async activateUser(
    @Arg('id', () => ID, { description: 'The id of the user.' }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await activateUser(this.deps, await context.signedInActor(), id)) as UserType;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType, {
    description:
      'Lifts all locks that wrong passwords have caused on an account. It can fail with NOT_FOUND; succeeds if the account is not locked.',
  })
  async unlockUser(
    @Arg('id', () => ID, { description: 'The id of the user.' }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await unlockUser(this.deps, await context.signedInActor(), id)) as UserType;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => Acknowledgement, {
    description: 'Ends all sessions of a user. It can fail with NOT_FOUND; succeeds if there are none.',
  })
  async revokeUserSessions(
    @Arg('id', () => ID, { description: 'The id of the user.' }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await revokeUserSessions(this.deps, await context.signedInActor(), id);
    return acknowledged;
  }

  @Auth({ requires: Role.ADMIN })
  @RecentAuth()
  @Mutation(() => UserType, {
    description:
      'Removes every second factor of a user who has lost them, recovery codes and passkeys included, and mails the user. It can fail with NOT_FOUND, TWO_FACTOR_NOT_ENABLED or REAUTHENTICATION_REQUIRED.',
  })
  async resetUserTwoFactor(
    @Arg('id', () => ID, { description: 'The id of the user.' }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await resetUserTwoFactor(this.deps, await context.signedInActor(), id)) as UserType;
  }
}
