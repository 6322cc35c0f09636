import type { Session } from './session.js';
import type { AuthClient } from './types.js';

interface AuthorizeDeps {
  readonly session: Session;
  readonly accessToken: AuthClient['accessToken'];
}

/**
 * Sends with a token. At most one refresh and one repeat for each answer that refuses the token, so that a gateway and a
 * service that disagree cause no loop.
 */
export function createAuthorize({ session, accessToken }: AuthorizeDeps): AuthClient['authorize'] {
  return async (send, refusalOf) => {
    const token = await accessToken();
    const answer = await send(token);
    const refusal = token === null ? undefined : await refusalOf(answer);
    if (refusal === undefined) return answer;
    // If this tab has a newer token by now, the refusal says nothing about that one.
    if (session.token === token) {
      if (!refusal.isExpiry) {
        session.end(refusal.signsOut ?? 'expired');
        return answer;
      }
      session.expire(token);
    }
    const renewed = await accessToken();
    if (renewed === null) return answer;
    const repeated = await send(renewed);
    const signsOut = (await refusalOf(repeated))?.signsOut;
    if (signsOut !== undefined && session.token === renewed) session.end(signsOut);
    return repeated;
  };
}
