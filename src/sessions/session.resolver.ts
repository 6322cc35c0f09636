import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { User } from '../accounts/index.js';
import { UserType } from '../accounts/index.js';
import { Acknowledgement, acknowledged } from '../graphql/acknowledgement.type.js';
import { GatewayContext } from '../graphql/context.js';
import { Auth, Public, RateLimit } from '../graphql/directives.js';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import { Role } from '../platform/principal.js';
import { AuthPayload, deliver, forgetRefreshCookie, presentedRefreshToken } from './auth-payload.type.js';
import { logout, revokeOtherSessions, revokeSession } from './end-sessions.js';
import type { Session } from './session.store.js';
import { SessionType } from './session.type.js';
import type { Sessions } from './sessions.js';

@Resolver()
export class SessionResolver {
  constructor(readonly sessions: Sessions) {}

  @Public()
  @RateLimit(60, 60)
  @Mutation(() => AuthPayload, { description: 'Without an argument the token is read from the cookie.' })
  async refreshToken(
    @Arg('refreshToken', () => String, { nullable: true }) argument: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<AuthPayload> {
    const { token, delivery } = presentedRefreshToken(argument, context.cookies);
    if (token === undefined) throw new AuthError(AuthErrorCode.TOKEN_INVALID);
    return deliver(await this.sessions.refresh(token, context.client), delivery, context);
  }

  @Public()
  @Mutation(() => Acknowledgement, {
    description:
      "Ends the session of the access token or, where that has expired, of the refresh token given (or in the cookie); with everywhere all of the user's sessions. Succeeds where the session has already ended.",
  })
  async logout(
    @Arg('refreshToken', () => String, { nullable: true }) argument: string | null,
    @Arg('everywhere', () => Boolean, { defaultValue: false }) everywhere: boolean,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    const { token } = presentedRefreshToken(argument, context.cookies);
    await logout(this.sessions.parts, await context.viewer(), token, everywhere, context.client);
    forgetRefreshCookie(context.cookies);
    return acknowledged;
  }

  @Auth()
  @Mutation(() => Acknowledgement)
  async revokeSession(
    @Arg('id', () => ID) id: string,
    @Ctx() context: GatewayContext,
  ): Promise<Acknowledgement> {
    await revokeSession(this.sessions.parts, await context.principal(), id, context.client);
    return acknowledged;
  }

  @Auth()
  @Mutation(() => Acknowledgement)
  async revokeOtherSessions(@Ctx() context: GatewayContext): Promise<Acknowledgement> {
    await revokeOtherSessions(this.sessions.parts, await context.principal(), context.client);
    return acknowledged;
  }
}

@Resolver(() => SessionType)
export class CurrentSessionResolver {
  @FieldResolver(() => Boolean, { description: 'True for the session that this request runs in.' })
  async current(@Root() session: SessionType, @Ctx() context: GatewayContext): Promise<boolean> {
    return (await context.viewer()).principal?.sessionId === session.id;
  }
}

/** `User.sessions`: a field of the sessions' on somebody else's type. */
@Resolver(() => UserType)
export class UserSessionsResolver {
  constructor(readonly sessions: Sessions) {}

  @Auth({ requires: Role.ADMIN, allowOwner: true })
  @FieldResolver(() => [SessionType], {
    name: 'sessions',
    nullable: true,
    description: 'The live sessions, newest first.',
  })
  sessionsOf(@Root() user: User): Promise<Session[]> {
    return this.sessions.parts.store.listLive(user.id);
  }
}
