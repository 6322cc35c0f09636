import type { Gateway } from './gateway.js';
import { ReauthenticateDocument, StartPasskeyReauthenticationDocument } from './generated/operations.js';
import { askForPasskey } from './passkey.js';
import type { Session } from './session.js';
import type { Tabs } from './tabs.js';
import type { AuthClient, SignedIn } from './types.js';

interface ReauthenticateDeps {
  /** The gateway for the signed-in user. */
  readonly asUser: Gateway;
  readonly session: Session;
  readonly tabs: Tabs;
  readonly accessToken: AuthClient['accessToken'];
}

export function createReauthenticate({
  asUser,
  session,
  tabs,
  accessToken,
}: ReauthenticateDeps): AuthClient['reauthenticate'] {
  return async (proof) => {
    // Resolves the state `unknown`. In another state, `asUser` checks that the user stays the same.
    if (session.state.status === 'unknown') await accessToken();
    const { epoch, state } = session;
    const input =
      'passkey' in proof
        ? await askForPasskey(
            (await asUser.run(StartPasskeyReauthenticationDocument, {})).startPasskeyReauthentication,
          )
        : proof;
    const { reauthenticate } = await asUser.run(ReauthenticateDocument, { input });
    // Takes the lock and reads pending messages first: another tab may be refreshing, and its older token must not replace the new one.
    await tabs.exclusive(async () => {
      await tabs.flush();
      // The gateway accepted the request, so the state is `signedIn`.
      if (session.epoch === epoch) session.renew(state as SignedIn, reauthenticate);
    });
  };
}
