import { changedUser } from './auth-error.js';
import type { Refresh } from './refresh.js';
import type { Session } from './session.js';
import type { AuthClient } from './types.js';

interface AuthorizeDeps {
  readonly session: Session;
  readonly refreshing: Refresh;
  readonly accessToken: AuthClient['accessToken'];
}

/**
 * Sends with a token. At most one refresh and one repeat for each answer that refuses the token, so that a gateway and a
 * service that disagree cause no loop.
 */
export function createAuthorize({
  session,
  refreshing,
  accessToken,
}: AuthorizeDeps): AuthClient['authorize'] {
  return async (send, refusalOf) => {
    let caller = session.signedIn?.user.id;
    // Attack: another front end of the site signs in an attacker, who replaces the shared cookie. A refresh then brings
    // the token of the attacker, whose account must not get what the user sends, such as an address or a document.
    const sendAsCaller: typeof send = (token) => {
      if (token && caller && session.signedIn?.user.id !== caller) throw changedUser();
      return send(token);
    };
    const token = await accessToken();
    // A page that has just loaded did not know its user.
    caller ??= session.signedIn?.user.id;
    const answer = await sendAsCaller(token);
    const refusal = token ? await refusalOf(answer) : undefined;
    if (!token || !refusal) return answer;
    // If this tab has a newer token by now, the refusal says nothing about that one.
    const isCurrent = session.token === token;
    if (isCurrent && !refusal.isExpiry) {
      session.end(refusal.signsOut ?? 'expired');
      return answer;
    }
    if (isCurrent && refusal.signsOut) session.expire(token);
    // Without `signsOut` one service refuses the token. It stays good for the others, also if the refresh fails.
    const renewed = refusal.signsOut
      ? await accessToken()
      : await refreshing.run({ except: token }).catch(() => null);
    if (renewed === null) return answer;
    const repeated = await sendAsCaller(renewed);
    const signsOut = (await refusalOf(repeated))?.signsOut;
    if (signsOut !== undefined && session.token === renewed) session.end(signsOut);
    return repeated;
  };
}
