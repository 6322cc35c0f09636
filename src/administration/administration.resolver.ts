import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { UserType } from '../accounts/index.js';
import { Acknowledgement, acknowledged } from '../graphql/acknowledgement.type.js';
import { GatewayContext } from '../graphql/context.js';
import { Auth } from '../graphql/directives.js';
import { Role } from '../platform/principal.js';
import {
  activateUser,
  deactivateUser,
  resetUserTwoFactor,
  revokeUserSessions,
  unlockUser,
} from './account-state.js';
import { CreateUserInput, UpdateUserInput } from './administration.input.js';
import { createUser } from './create-user.js';
import type { AdministrationParts } from './parts.js';
import { updateUser } from './update-user.js';

@Resolver()
export class AdministrationResolver {
  constructor(readonly parts: AdministrationParts) {}

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType, {
    description: 'Makes an account without a password and mails an invitation to set one.',
  })
  async createUser(
    @Arg('input', () => CreateUserInput) input: CreateUserInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await createUser(this.parts, input, await context.principal(), context.client)) as UserType;
  }

  @Auth({ requires: Role.STAFF })
  @Mutation(() => UserType, { description: 'Staff may edit customers; roles are for admins.' })
  async updateUser(
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateUserInput) input: UpdateUserInput,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await updateUser(this.parts, id, input, await context.principal(), context.client)) as UserType;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType)
  async deactivateUser(@Arg('id', () => ID) id: string, @Ctx() context: GatewayContext): Promise<UserType> {
    return (await deactivateUser(this.parts, id, await context.principal(), context.client)) as UserType;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType)
  async activateUser(@Arg('id', () => ID) id: string, @Ctx() context: GatewayContext): Promise<UserType> {
    return (await activateUser(this.parts, id, await context.principal(), context.client)) as UserType;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType)
  async unlockUser(@Arg('id', () => ID) id: string, @Ctx() context: GatewayContext): Promise<UserType> {
    return (await unlockUser(this.parts, id, await context.principal(), context.client)) as UserType;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => Acknowledgement)
  async revokeUserSessions(
    @Arg('id', () => ID) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await revokeUserSessions(this.parts, id, await context.principal(), context.client);
    return acknowledged;
  }

  @Auth({ requires: Role.ADMIN })
  @Mutation(() => UserType, { description: 'For a user who has lost every second factor.' })
  async resetUserTwoFactor(
    @Arg('id', () => ID) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<UserType> {
    return (await resetUserTwoFactor(this.parts, id, await context.principal(), context.client)) as UserType;
  }
}
