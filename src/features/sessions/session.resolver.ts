import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { Acknowledgement, acknowledged } from '../../graphql/acknowledgement.type.js';
import { GatewayContext } from '../../graphql/context.js';
import { Auth, Public, RateLimit } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { User } from '../accounts/index.js';
import { UserType } from '../accounts/index.js';
import { AuthPayload, clearRefreshCookie, deliverTokens, readPresentedToken } from './auth-payload.type.js';
import type { SessionDeps } from './deps.js';
import { logout, revokeOtherSessions, revokeSession } from './end-sessions.js';
import { refresh } from './refresh.js';
import type { Session } from './session.model.js';
import type { SessionStore } from './session.store.js';
import { SessionType } from './session.type.js';

@Resolver()
export class SessionResolver {
  constructor(readonly deps: SessionDeps) {}

  @Public()
  @RateLimit(60, 60)
  @Mutation(() => AuthPayload, {
    description:
      'Exchanges a refresh token for a new pair of tokens. Without an argument the token is read from the cookie. It can fail with TOKEN_INVALID; the reuse of an old token after its grace period also ends the session.',
  })
  async refreshToken(
    @Arg('refreshToken', () => String, {
      nullable: true,
      description:
        'The last refresh token that the client received. Leave it out if the token is in the cookie.',
    })
    argument: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<AuthPayload> {
    const { token, delivery } = readPresentedToken(argument, context.cookies);
    if (token === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    return deliverTokens(await refresh(this.deps, context.visitor, token), delivery, context);
  }

  @Public()
  @Mutation(() => Acknowledgement, {
    description:
      'Ends the session of the access token or, if that is not valid, the session of the refresh token in the argument or the cookie; succeeds if the session has already ended. It can fail with UNAUTHENTICATED (no valid token) or TOKEN_INVALID (malformed or forged refresh token).',
  })
  async logout(
    @Arg('refreshToken', () => String, {
      nullable: true,
      description:
        'Names the session if the access token has expired. Leave it out if the refresh token is in the cookie.',
    })
    argument: string | null,
    @Arg('everywhere', () => Boolean, {
      defaultValue: false,
      description: 'True ends all sessions of the user, on every device.',
    })
    everywhere: boolean,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    const { token } = readPresentedToken(argument, context.cookies);
    const { principal, ...refused } = await context.authentication();
    const reason = 'reason' in refused ? refused.reason : undefined;
    const actor = { ...principal, origin: context.origin };
    await logout(this.deps, actor, { refreshToken: token, everywhere, reason });
    clearRefreshCookie(context.cookies);
    return acknowledged;
  }

  @Auth()
  @Mutation(() => Acknowledgement, {
    description: 'Ends one session of the caller, the current one included. It can fail with NOT_FOUND.',
  })
  async revokeSession(
    @Arg('id', () => ID, { description: 'The id of a live session of the caller.' }) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await revokeSession(this.deps, await context.signedInActor(), id);
    return acknowledged;
  }

  @Auth()
  @Mutation(() => Acknowledgement, {
    description: 'Ends all sessions of the caller except the current one. Succeeds if there are no others.',
  })
  async revokeOtherSessions(@Ctx() context: GatewayContext): Promise<Acknowledgement> {
    await revokeOtherSessions(this.deps, await context.signedInActor());
    return acknowledged;
  }
}

@Resolver(() => SessionType)
export class CurrentSessionResolver {
  @FieldResolver(() => Boolean, { description: 'True for the session that this request runs in.' })
  async current(@Root() session: SessionType, @Ctx() context: GatewayContext): Promise<boolean> {
    return (await context.authentication()).principal?.sessionId === session.id;
  }
}

/** Adds the field `User.sessions`. */
@Resolver(() => UserType)
export class UserSessionsResolver {
  constructor(readonly store: SessionStore) {}

  @Auth({ requires: Role.ADMIN, allowOwner: true })
  @FieldResolver(() => [SessionType], {
    name: 'sessions',
    nullable: true,
    description: 'The live sessions, newest first. Null if the caller may not read them.',
  })
  sessionsOf(@Root() user: User): Promise<Session[]> {
    return this.store.listLive(user.id);
  }
}
