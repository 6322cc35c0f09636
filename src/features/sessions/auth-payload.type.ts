import { Field, Int, ObjectType } from 'type-graphql';
import type { Cookies, GatewayContext } from '../../graphql/context.js';
import { DateTimeISO } from '../../graphql/date-time.js';
import type { Role } from '../../platform/actor.js';
import { UserType } from '../accounts/index.js';
import { SessionType } from './session.type.js';
import type { SignedIn } from './tokens.js';

@ObjectType({
  description:
    'The tokens of a completed sign-in or refresh. In the same answer the caller counts as the signed-in user.',
})
export class AuthPayload {
  @Field(() => String, {
    description: 'A signed JWT (RFC 9068, typ at+jwt) for the Authorization: Bearer header.',
  })
  accessToken!: string;

  @Field(() => String, { description: 'The scheme of the Authorization header: always Bearer.' })
  tokenType!: string;

  @Field(() => Int, { description: 'Seconds that the access token lasts.' })
  expiresIn!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'The token for the next refreshToken operation. Null if the refresh token went into an HttpOnly cookie.',
  })
  refreshToken!: string | null;

  @Field(() => DateTimeISO, {
    description: 'The time when the session and its refresh tokens expire. A refresh does not extend it.',
  })
  refreshExpiresAt!: Date;

  @Field(() => SessionType, { description: 'The session that the tokens belong to.' })
  session!: SessionType;

  @Field(() => UserType, { description: 'The user who has signed in.' })
  user!: UserType;
}

const REFRESH_COOKIE = 'refresh';

/** Where a client wants its refresh token. */
export enum TokenDelivery {
  BODY = 'BODY',
  COOKIE = 'COOKIE',
}

/** The answer to a sign-in or refresh, which from here on the caller counts as. */
export function deliver(signedIn: SignedIn, delivery: TokenDelivery, context: GatewayContext): AuthPayload {
  const { session, user, refreshToken } = signedIn;
  const inCookie = delivery === TokenDelivery.COOKIE;
  if (inCookie) {
    const maxAge = Math.max(0, Math.floor((session.expiresAt.getTime() - Date.now()) / 1000));
    context.cookies.set(REFRESH_COOKIE, refreshToken, session.remembered ? { maxAge } : {});
  }
  context.signedInAs({ userId: user.id, sessionId: session.id, role: user.role as Role });
  return Object.assign(new AuthPayload(), {
    accessToken: signedIn.accessToken,
    tokenType: 'Bearer',
    expiresIn: signedIn.expiresIn,
    refreshToken: inCookie ? null : refreshToken,
    refreshExpiresAt: session.expiresAt,
    session,
    user,
  });
}

/** The refresh token of a request and how it came: as an argument, or in the cookie. */
export function presentedRefreshToken(argument: string | null | undefined, cookies: Cookies) {
  const cookie = argument == null ? cookies.get(REFRESH_COOKIE) : undefined;
  return {
    token: argument ?? cookie,
    delivery: cookie === undefined ? TokenDelivery.BODY : TokenDelivery.COOKIE,
  };
}

export function forgetRefreshCookie(cookies: Cookies): void {
  if (cookies.get(REFRESH_COOKIE) !== undefined) cookies.clear(REFRESH_COOKIE);
}
