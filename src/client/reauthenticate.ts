import { AuthError } from './auth-error.js';
import type { Gateway } from './gateway.js';
import { ReauthenticateDocument, StartPasskeyReauthenticationDocument } from './generated/operations.js';
import { askForPasskey } from './passkey.js';
import { refusalInErrors } from './refusal.js';
import type { Session } from './session.js';
import type { Tabs } from './tabs.js';
import type { AuthClient, SignedIn } from './types.js';

interface ReauthenticateDeps {
  readonly gateway: Gateway;
  readonly session: Session;
  readonly authorize: AuthClient['authorize'];
  readonly inTurn: Tabs['exclusive'];
}

export function createReauthenticate({
  gateway,
  session,
  authorize,
  inTurn,
}: ReauthenticateDeps): AuthClient['reauthenticate'] {
  /** An expired token is renewed, and the end of the session is noticed, as in requests of the page. */
  const asUser = async <T>(send: (token: string | null) => Promise<T>): Promise<T> => {
    const answer = await authorize(
      (token) => send(token).catch((error: Error) => error),
      (given) => (given instanceof AuthError ? refusalInErrors([{ extensions: given }]) : undefined),
    );
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const startPasskey = (token: string | null) =>
    gateway.run(StartPasskeyReauthenticationDocument, {}, { token });

  return async (proof) => {
    const input =
      'passkey' in proof
        ? await askForPasskey((await asUser(startPasskey)).startPasskeyReauthentication)
        : proof;
    await asUser((token) => {
      const { epoch, state } = session;
      // In turn: the answer to a refresh of another tab must not replace the new token by an older one.
      return inTurn(async () => {
        const { reauthenticate } = await gateway.run(ReauthenticateDocument, { input }, { token });
        // The gateway answers the token of a session, and this is still the same one.
        if (session.epoch === epoch) session.renew(state as SignedIn, reauthenticate);
      });
    });
  };
}
