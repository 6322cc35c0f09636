import type { Client } from '../platform/principal.js';
import { type Finished, finish, openSession } from './open-session.js';
import type { SignInParts } from './parts.js';

export interface SecondStep {
  readonly challengeToken: string;
  readonly code: string;
  readonly deviceCookie: string | undefined;
}

/**
 * Finishes a sign-in by a code of the second factor. Code, challenge and session go in one transaction: no code
 * is used up without its effect.
 * @returns also how the client asked to have its tokens at the first step
 * @throws AuthError TOKEN_INVALID, INVALID_TWO_FACTOR_CODE, ACCOUNT_LOCKED
 */
export async function verifyTwoFactor(
  parts: SignInParts,
  { challengeToken, code, deviceCookie }: SecondStep,
  client: Client,
): Promise<Finished & { delivery: string }> {
  const { opened, delivery } = await parts.secondFactor.redeemChallenge(
    challengeToken,
    code,
    client,
    async (tx, { user, payload }) => {
      const opened = await openSession(parts, tx, {
        user,
        remembered: payload.remembered === 'yes',
        amr: ['pwd', 'otp'],
        counterKeys: payload.counterKeys?.split(' ') ?? [],
        deviceCookie,
        client,
      });
      return { opened, delivery: payload.delivery ?? 'BODY' };
    },
  );
  return { ...(await finish(parts, opened)), delivery };
}
