import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../../graphql/acknowledgement.type.js';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, ChecksCredential, Public, RateLimit, RecentAuth } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import { type User, UserType } from '../accounts/index.js';
import { confirmTokens } from '../sessions/index.js';
import { answerLogin, LoginResult, readDeviceCookie } from '../sign-in/index.js';
import type { IdentityProviderDeps } from './deps.js';
import { finish } from './finish.js';
import type { Identity } from './identity-provider.model.js';
import { FinishProviderSignInInput, StartProviderSignInInput } from './identity-providers.input.js';
import { IdentityProviderType, IdentityType, ProviderSignIn } from './identity-providers.type.js';
import { nameOf, unlinkIdentity } from './link.js';
import { startLink, startSignIn } from './start.js';

@Resolver()
export class IdentityProvidersResolver {
  constructor(readonly deps: IdentityProviderDeps) {}

  @Public()
  @Query(() => [IdentityProviderType], {
    description:
      'The providers that people can sign in with, in the order of the settings. Empty if there are none.',
  })
  identityProviders(): IdentityProviderType[] {
    return [...this.deps.providers.values()].map(({ settings: { id, name } }) => ({ id, name }));
  }

  @Public()
  @RateLimit(20, 60)
  @Mutation(() => ProviderSignIn, {
    description:
      'Begins a sign-in by an identity provider. It can fail with BAD_USER_INPUT, NOT_FOUND (no such provider) or SERVICE_UNAVAILABLE (the provider does not answer).',
  })
  async startProviderSignIn(
    @Arg('input', () => StartProviderSignInInput, {
      description: 'The provider, the code challenge and the return path.',
    })
    input: StartProviderSignInInput,
  ): Promise<ProviderSignIn> {
    return startSignIn(this.deps, input);
  }

  @Public()
  @RateLimit(10, 60)
  @ChecksCredential()
  @Mutation(() => LoginResult, {
    description:
      'Completes a sign-in (startProviderSignIn) or a link (linkIdentity); after linkIdentity it returns an access token of the session that called it, without a refresh token. It can fail with TOKEN_INVALID, FORBIDDEN (the settings of the provider do not admit this person), EMAIL_NOT_VERIFIED (the provider has not verified the address of a new person, or the address of the account is not verified), ACCOUNT_EXISTS, ACCOUNT_DISABLED or SERVICE_UNAVAILABLE, and after linkIdentity with UNAUTHENTICATED or BAD_USER_INPUT.',
  })
  async finishProviderSignIn(
    @Arg('input', () => FinishProviderSignInInput, {
      description: 'The code, and the verifier of the page that started the flow.',
    })
    { tokenDelivery: delivery, ...input }: FinishProviderSignInInput,
    @Ctx() context: GatewayContext,
  ): Promise<typeof LoginResult> {
    const deviceCookie = readDeviceCookie(context);
    const outcome = await finish(this.deps, context.visitor, { ...input, delivery, deviceCookie });
    if ('linked' in outcome) return confirmTokens(outcome.linked, context);
    return answerLogin(outcome, context);
  }

  @Auth()
  @RecentAuth()
  @Mutation(() => ProviderSignIn, {
    description:
      'Starts to link an account at a provider to the account of the caller; finishProviderSignIn completes it. The session of the caller must be live until then. It can fail with BAD_USER_INPUT, NOT_FOUND, REAUTHENTICATION_REQUIRED or SERVICE_UNAVAILABLE.',
  })
  async linkIdentity(
    @Arg('input', () => StartProviderSignInInput, {
      description: 'The provider, the code challenge and the return path.',
    })
    input: StartProviderSignInInput,
    @Ctx() context: GatewayContext,
  ): Promise<ProviderSignIn> {
    return startLink(this.deps, await context.signedInActor(), input);
  }

  @Auth()
  @RecentAuth()
  @Mutation(() => Acknowledgement, {
    description:
      'Removes an account at a provider from the account of the caller. It can fail with NOT_FOUND, REAUTHENTICATION_REQUIRED or LAST_SIGN_IN_METHOD (the caller could not sign in any more).',
  })
  async unlinkIdentity(
    @Arg('id', () => ID, { description: 'The id of an identity of the caller.' }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await unlinkIdentity(this.deps, await context.signedInActor(), id);
    return acknowledged;
  }
}

@Resolver(() => IdentityType)
export class IdentityProviderResolver {
  constructor(readonly deps: Pick<IdentityProviderDeps, 'providers'>) {}

  @FieldResolver(() => IdentityProviderType, {
    description: 'The provider. If it is not in the settings any more, its former id is also its name.',
  })
  provider(@Root() { provider: id }: Identity): IdentityProviderType {
    return { id, name: nameOf(this.deps, id) };
  }
}

/** Adds the field `User.identities`. */
@Resolver(() => UserType)
export class UserIdentitiesResolver {
  constructor(readonly deps: Pick<IdentityProviderDeps, 'identities'>) {}

  @Auth({ requires: Role.ADMIN, allowOwner: true })
  @FieldResolver(() => [IdentityType], {
    name: 'identities',
    nullable: true,
    description:
      'The accounts at identity providers that can sign in as this user, oldest first. Null if the caller may not read them.',
  })
  async identitiesOf(@Root() { id }: User): Promise<IdentityType[]> {
    return (await this.deps.identities.listOf(id)) as unknown as IdentityType[];
  }
}
