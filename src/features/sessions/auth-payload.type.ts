import { Field, Int, ObjectType } from 'type-graphql';
import type { Cookies, GatewayContext } from '../../graphql/context.js';
import { DateTimeISO } from '../../graphql/date-time.js';
import { UserType } from '../accounts/index.js';
import type { SessionTokens } from './session.model.js';
import { SessionType } from './session.type.js';

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
      'The token for the next refreshToken operation. Null if the refresh token went into an HttpOnly cookie, or if the client has it already (after linkIdentity).',
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

/** How a client receives its refresh token. */
export enum TokenDelivery {
  BODY = 'BODY',
  COOKIE = 'COOKIE',
}

/** Makes the payload of a sign-in or refresh, and makes its user the caller for the rest of the operation. */
export function deliverTokens(
  tokens: SessionTokens,
  delivery: TokenDelivery,
  context: GatewayContext,
): AuthPayload {
  const { session, refreshToken } = tokens;
  if (delivery === TokenDelivery.BODY) return Object.assign(confirmTokens(tokens, context), { refreshToken });
  const options = session.remembered ? { maxAge: tokens.refreshExpiresIn } : {};
  context.cookies.set(REFRESH_COOKIE, refreshToken, options);
  return confirmTokens(tokens, context);
}

/**
 * Like `deliverTokens`, but without the refresh token: for an operation in a session whose client has it already.
 *
 * Attack: a script on the page of a front end cannot read the refresh token in the cookie. If it could ask for the token in
 * the answer of another operation, it would keep the session when the page is closed.
 */
export function confirmTokens(tokens: SessionTokens, context: GatewayContext): AuthPayload {
  const { session, user } = tokens;
  context.signedInAs({ userId: user.id, sessionId: session.id, role: user.role });
  return Object.assign(new AuthPayload(), {
    accessToken: tokens.accessToken,
    tokenType: 'Bearer',
    expiresIn: tokens.expiresIn,
    refreshToken: null,
    refreshExpiresAt: session.expiresAt,
    session,
    user,
  });
}

/** Reads the refresh token from the argument or the cookie. New tokens are delivered in the same way. */
export function readPresentedToken(argument: string | null | undefined, cookies: Cookies) {
  const cookie = argument == null ? cookies.get(REFRESH_COOKIE) : undefined;
  return {
    token: argument ?? cookie,
    delivery: cookie === undefined ? TokenDelivery.BODY : TokenDelivery.COOKIE,
  };
}

export function clearRefreshCookie(cookies: Cookies): void {
  if (cookies.get(REFRESH_COOKIE) !== undefined) cookies.clear(REFRESH_COOKIE);
}
