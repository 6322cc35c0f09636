import type { GatewayContext } from '../../graphql/context.js';
import { DEVICE_DAYS } from '../lockout/index.js';
import type { Challenge } from '../second-factors/index.js';
import { type AuthPayload, deliverTokens } from '../sessions/index.js';
import { type LoginResult, TwoFactorChallenge } from './login-result.type.js';
import type { CompletedSignIn } from './sign-in.model.js';

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
