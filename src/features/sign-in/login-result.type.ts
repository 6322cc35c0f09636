import { createUnionType, Field, ObjectType } from 'type-graphql';
import type { GatewayContext } from '../../graphql/context.js';
import { DateTimeISO } from '../../graphql/date-time.js';
import { DEVICE_DAYS } from '../lockout/index.js';
import { type Challenge, TwoFactorMethod } from '../second-factors/index.js';
import { AuthPayload, deliverTokens } from '../sessions/index.js';
import type { CompletedSignIn } from './sign-in.model.js';

@ObjectType({
  description:
    'The first factor was right; a second factor is still needed. The challenge token works only for verifyTwoFactor.',
})
export class TwoFactorChallenge {
  @Field(() => String, {
    description: 'The token for verifyTwoFactor. It permits five tries, and a newer challenge replaces it.',
  })
  challengeToken!: string;

  @Field(() => [TwoFactorMethod], { description: 'The methods that the user can choose from.' })
  methods!: TwoFactorMethod[];

  @Field(() => String, {
    nullable: true,
    description:
      'JSON text for PublicKeyCredential.parseRequestOptionsFromJSON. Null if PASSKEY is not among the methods.',
  })
  passkeyOptions!: string | null;

  @Field(() => DateTimeISO, {
    description: 'The time when the challenge expires: five minutes after the first factor was checked.',
  })
  expiresAt!: Date;
}

export const LoginResult = createUnionType({
  name: 'LoginResult',
  description:
    'AuthPayload if the sign-in is complete, or TwoFactorChallenge if the account has a second factor.',
  types: () => [AuthPayload, TwoFactorChallenge] as const,
});

const DEVICE_COOKIE = 'device';

/** The cookie that makes the device known to the lockout of an account. */
export function readDeviceCookie({ cookies }: GatewayContext): string | undefined {
  return cookies.get(DEVICE_COOKIE);
}

/** The answer of the operations that complete a sign-in. Sets the cookies. */
export function answerSignIn(
  { tokens, delivery, deviceCookie }: CompletedSignIn,
  context: GatewayContext,
): AuthPayload {
  context.cookies.set(DEVICE_COOKIE, deviceCookie, { maxAge: DEVICE_DAYS * 86_400 });
  return deliverTokens(tokens, delivery, context);
}

/** The answer of the operations that may ask for a second factor. */
export function answerLogin(
  outcome: CompletedSignIn | Challenge,
  context: GatewayContext,
): typeof LoginResult {
  if (!('challengeToken' in outcome)) return answerSignIn(outcome, context);
  const { options, ...challenge } = outcome;
  return Object.assign(new TwoFactorChallenge(), challenge, { passkeyOptions: options.PASSKEY ?? null });
}
