import type { RequestOrigin } from '../../platform/principal.js';
import type { SignInDeps } from './deps.js';
import { type Finished, finish, openSession } from './open-session.js';

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
  deps: SignInDeps,
  { challengeToken, code, deviceCookie }: SecondStep,
  client: RequestOrigin,
): Promise<Finished & { delivery: string }> {
  const { opened, delivery } = await deps.secondFactor.redeemChallenge(
    challengeToken,
    code,
    client,
    async (tx, { user, payload }) => {
      const opened = await openSession(deps, tx, {
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
  return { ...(await finish(deps, opened)), delivery };
}
