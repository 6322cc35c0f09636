import type { Actor } from '../../platform/actor.js';
import { requireOneOf } from '../../platform/input.js';
import { issueTokens, openSession, readPayload } from './complete-sign-in.js';
import type { SignInDeps } from './deps.js';
import type { CompletedSignIn, SecondStep } from './sign-in.model.js';

/**
 * Completes a sign-in by a second factor. One transaction consumes the code and the challenge and opens the
 * session, so no code is consumed without a session.
 * @throws AuthError BAD_USER_INPUT, TOKEN_INVALID, INVALID_TWO_FACTOR_CODE, ACCOUNT_LOCKED
 */
export async function verifyTwoFactor(
  deps: SignInDeps,
  actor: Actor,
  { challengeToken, code, credential, deviceCookie }: SecondStep,
): Promise<CompletedSignIn> {
  requireOneOf({ code, credential });
  const opened = await deps.secondFactors.redeemChallenge(
    actor,
    challengeToken,
    { code, credential },
    async (tx, { user, payload, factor }) => {
      const firstStep = readPayload(payload);
      return openSession(deps, tx, actor, {
        ...firstStep,
        user,
        amr: factor.amr(firstStep.amr),
        deviceCookie,
      });
    },
  );
  return issueTokens(deps, opened);
}
