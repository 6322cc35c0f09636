import { failedSignIn, isRejection } from './auth-error.js';
import type { Gateway } from './gateway.js';
import {
  FinishPasskeySignInDocument,
  FinishProviderSignInDocument,
  LinkIdentityDocument,
  type ResultFragment,
  SignInDocument,
  StartPasskeySignInDocument,
  StartProviderSignInDocument,
  type StartProviderSignInInput,
  type TypedDocumentString,
  VerifyTwoFactorDocument,
} from './generated/operations.js';
import { askForPasskey } from './passkey.js';
import { beginVerifier, takeCode } from './provider-page.js';
import type { RefreshToken } from './refresh-token.js';
import type { Session } from './session.js';
import type { Tabs } from './tabs.js';
import type { AuthClient } from './types.js';

interface SignInDeps {
  readonly gateway: Gateway;
  readonly session: Session;
  readonly refreshToken: RefreshToken;
  readonly tokenDelivery: 'COOKIE' | 'BODY';
  /** A response that arrives late must not replace the cookie of a later sign-in, so sign-ins take turns. */
  readonly inTurn: Tabs['exclusive'];
  /** The gateway for the signed-in user. */
  readonly asUser: Gateway;
}

type Challenge = Extract<ResultFragment, { challengeToken: string }>;

/** All ways to sign in. The user answers the browser or a provider before the turn: other tabs must not wait for that. */
export function createSignIn({ gateway, session, refreshToken, tokenDelivery, inTurn, asUser }: SignInDeps) {
  let challenge: Challenge | undefined;

  const pending = () => {
    if (session.state.status === 'secondFactor' && challenge) return challenge;
    throw failedSignIn();
  };
  const leave = async <T extends object>(
    by: Gateway,
    document: TypedDocumentString<T, { input: StartProviderSignInInput }>,
    provider: string,
    returnTo?: string,
  ): Promise<never> => {
    const input = { provider, codeChallenge: await beginVerifier(), returnTo };
    const [begun] = Object.values(await by.run(document, { input }));
    location.assign(begun.authorizationUrl);
    return new Promise(() => {});
  };
  const send = async <T extends Record<string, ResultFragment>, V>(
    document: TypedDocumentString<T, { input: V }>,
    input: NoInfer<V>,
  ) => {
    const [result] = Object.values(await gateway.run(document, { input })) as [ResultFragment];
    if ('challengeToken' in result) {
      challenge = result;
      const { methods, expiresAt } = result;
      session.change({ status: 'secondFactor', methods, expiresAt: new Date(expiresAt) });
    } else {
      // None after a link: the session goes on.
      if (result.refreshToken) await refreshToken.write(result.refreshToken);
      session.begin(result);
    }
    return session.state;
  };

  return {
    signIn: ({ identifier, password, rememberMe }) =>
      inTurn(() => send(SignInDocument, { identifier, password, rememberMe, tokenDelivery })),
    async signInWithPasskey({ rememberMe } = {}) {
      const { startPasskeySignIn } = await gateway.run(StartPasskeySignInDocument, {});
      const proof = await askForPasskey(startPasskeySignIn);
      return inTurn(() => send(FinishPasskeySignInDocument, { ...proof, rememberMe, tokenDelivery }));
    },
    signInWithProvider: (...to) => leave(gateway, StartProviderSignInDocument, ...to),
    linkProvider: (...to) => leave(asUser, LinkIdentityDocument, ...to),
    async finishProviderSignIn(url) {
      const proof = takeCode(url);
      return inTurn(() => send(FinishProviderSignInDocument, { ...proof, tokenDelivery }));
    },
    async verifyTwoFactor(given) {
      const proof = typeof given === 'string' ? { code: given } : await askForPasskey(pending());
      return inTurn(async () => {
        const { challengeToken } = pending();
        return send(VerifyTwoFactorDocument, { challengeToken, ...proof }).catch((error) => {
          // The challenge has expired. The form for the password must come back.
          if (isRejection(error)) session.change({ status: 'signedOut' });
          throw error;
        });
      });
    },
  } satisfies Partial<AuthClient>;
}
