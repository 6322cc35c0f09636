import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../../graphql/acknowledgement.type.js';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, Public, RateLimit, RecentAuth } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import { type User, UserType } from '../accounts/index.js';
import { AuthPayload } from '../sessions/index.js';
import { answerSignIn, readDeviceCookie } from '../sign-in/index.js';
import type { PasskeyDeps } from './deps.js';
import { finishRegistration } from './finish-registration.js';
import { finishSignIn } from './finish-sign-in.js';
import { removePasskey, renamePasskey } from './manage.js';
import type { PasskeyStore } from './passkey.store.js';
import {
  FinishPasskeyRegistrationInput,
  FinishPasskeySignInInput,
  StartPasskeyRegistrationInput,
} from './passkeys.input.js';
import { PasskeyCeremony, PasskeyType } from './passkeys.type.js';
import { startReauthentication, startSignIn } from './start-ceremony.js';
import { startRegistration } from './start-registration.js';

@Resolver()
export class PasskeysResolver {
  constructor(readonly deps: PasskeyDeps) {}

  @Auth()
  @RateLimit(5, 300)
  @ChecksCredential()
  @Mutation(() => PasskeyCeremony, {
    description:
      'Starts the registration of a passkey; finishPasskeyRegistration completes it. It can fail with BAD_USER_INPUT (the caller has 20 passkeys), INVALID_CREDENTIALS, ACCOUNT_LOCKED or REAUTHENTICATION_REQUIRED.',
  })
  async startPasskeyRegistration(
    @Arg('input', () => StartPasskeyRegistrationInput, {
      description: 'The password of the caller; not needed after a recent authentication.',
    })
    { password }: StartPasskeyRegistrationInput,
    @Ctx() context: GatewayContext,
  ): Promise<PasskeyCeremony> {
    return startRegistration(this.deps, await context.signedInActor(), password);
  }

  @Auth()
  @RateLimit(5, 300)
  @ChecksCredential()
  @Mutation(() => PasskeyType, {
    description:
      'Adds a passkey to the account of the caller, and mails the caller. It can fail with BAD_USER_INPUT (the credential was refused) or TOKEN_INVALID; start again then.',
  })
  async finishPasskeyRegistration(
    @Arg('input', () => FinishPasskeyRegistrationInput, {
      description: 'The token of the registration and the new credential.',
    })
    input: FinishPasskeyRegistrationInput,
    @Ctx() context: GatewayContext,
  ): Promise<PasskeyType> {
    return finishRegistration(this.deps, await context.signedInActor(), input);
  }

  @Public()
  @RateLimit(20, 60)
  @Mutation(() => PasskeyCeremony, {
    description:
      'Starts a sign-in by passkey, for any account: the browser offers the passkeys that it knows for this site.',
  })
  startPasskeySignIn(): Promise<PasskeyCeremony> {
    return startSignIn(this.deps);
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => AuthPayload, {
    description:
      'Signs a user in by a passkey alone, also if the account has a second factor. It can fail with BAD_USER_INPUT, TOKEN_INVALID, INVALID_CREDENTIALS or, only after the right passkey, EMAIL_NOT_VERIFIED or ACCOUNT_DISABLED.',
  })
  async finishPasskeySignIn(
    @Arg('input', () => FinishPasskeySignInInput, {
      description: 'The token of the sign-in and the assertion of the passkey.',
    })
    { tokenDelivery, ...input }: FinishPasskeySignInInput,
    @Ctx() context: GatewayContext,
  ): Promise<AuthPayload> {
    const deviceCookie = readDeviceCookie(context);
    const finished = { ...input, delivery: tokenDelivery, deviceCookie };
    return answerSignIn(await finishSignIn(this.deps, context.visitor, finished), context);
  }

  @Auth()
  @RateLimit(10, 60)
  @Mutation(() => PasskeyCeremony, {
    description:
      "Starts a ceremony with one of the caller's passkeys, which reauthenticate completes. It can fail with NOT_FOUND if the caller has no passkey.",
  })
  async startPasskeyReauthentication(@Ctx() context: GatewayContext): Promise<PasskeyCeremony> {
    return startReauthentication(this.deps, await context.signedInActor());
  }

  @Auth()
  @Mutation(() => PasskeyType, {
    description: 'Renames a passkey of the caller. It can fail with BAD_USER_INPUT or NOT_FOUND.',
  })
  async renamePasskey(
    @Arg('id', () => ID, { description: 'The id of a passkey of the caller.' }) id: string,
    @Arg('name', () => String, { description: 'The new name: up to 100 characters in any script.' })
    name: string,
    @Ctx() context: GatewayContext,
  ): Promise<PasskeyType> {
    return renamePasskey(this.deps, await context.signedInActor(), id, name);
  }

  @Auth()
  @RecentAuth()
  @Mutation(() => Acknowledgement, {
    description:
      'Removes a passkey of the caller, and mails the caller. It can fail with NOT_FOUND, REAUTHENTICATION_REQUIRED or LAST_SIGN_IN_METHOD.',
  })
  async removePasskey(
    @Arg('id', () => ID, { description: 'The id of a passkey of the caller.' }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await removePasskey(this.deps, await context.signedInActor(), id);
    return acknowledged;
  }
}

/** Adds the field `User.passkeys`. */
@Resolver(() => UserType)
export class UserPasskeysResolver {
  constructor(readonly store: PasskeyStore) {}

  @Auth({ requires: Role.ADMIN, allowOwner: true })
  @FieldResolver(() => [PasskeyType], {
    name: 'passkeys',
    nullable: true,
    description: 'The registered passkeys, newest first. Null if the caller may not read them.',
  })
  passkeysOf(@Root() user: User): Promise<PasskeyType[]> {
    return this.store.load(user.id);
  }
}
