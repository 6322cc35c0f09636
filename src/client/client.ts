import { isRejection } from './auth-error.js';
import { createAuthorize } from './authorize.js';
import { createFetch } from './fetch.js';
import { createGateway } from './gateway.js';
import { SignOutDocument } from './generated/operations.js';
import { createLive } from './live.js';
import { onPageChange } from './page.js';
import { createReauthenticate } from './reauthenticate.js';
import { createRefresh } from './refresh.js';
import { createRefreshToken } from './refresh-token.js';
import { createSession } from './session.js';
import { createSignIn } from './sign-in.js';
import { createTabs, type News } from './tabs.js';
import type { AuthClient, AuthClientOptions } from './types.js';

/**
 * A client for one gateway. Make one for the whole page. With cookies, all clients of one origin and gateway share the
 * session. It does nothing until it is used: call `start()` when the page is loaded.
 */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const { delivery = 'cookie' } = options;
  // Looked up at each call: a page can replace its fetch, for example to trace requests.
  const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const isCookie = delivery === 'cookie';
  // The URL of React Native adds a slash to an absolute address.
  const isAbsolute = /^https?:/.test(options.url);
  const url = isAbsolute ? options.url : new URL(options.url, globalThis.location?.href).href;
  const closing = new AbortController();
  const closed = closing.signal;

  const tabs = createTabs(isCookie ? `gatehouse ${url}` : undefined, (news: News) => {
    session.hear(news);
    refreshing.hear(news);
  });
  const session = createSession(tabs.tell);
  const refreshToken = createRefreshToken(delivery, options.storage);
  const gatewayOptions = { url, credentials: isCookie ? 'include' : 'omit', fetch, closed } as const;
  const gateway = createGateway(gatewayOptions);
  const refreshing = createRefresh({ session, gateway, refreshToken, tabs, closed });

  const accessToken = async () => {
    const { status } = session.state;
    if (status === 'signedOut' || status === 'secondFactor') return null;
    return session.usableToken() ?? refreshing.run();
  };
  const authorize = createAuthorize({ session, refreshing, accessToken });
  const authorizedFetch = createFetch(authorize, fetch);
  const asUser = createGateway({ ...gatewayOptions, fetch: authorizedFetch });
  const live =
    options.live && typeof WebSocket === 'function'
      ? createLive({ url: url.replace(/^http/, 'ws'), session, tabs, accessToken })
      : undefined;
  // A response that arrives late must not replace the cookie of a later sign-in, so these operations take turns.
  const inTurn = tabs.exclusive;

  onPageChange(closed, {
    leave() {
      tabs.suspend();
      live?.suspend();
    },
    restore() {
      tabs.resume();
      live?.resume();
      // The page missed what the other tabs told. If the gateway is unavailable, the next call asks again.
      session.expire(session.token);
      refreshing.run({ isRecheck: true }).catch(() => {});
    },
  });

  return {
    get state() {
      return session.state;
    },
    subscribe: session.subscribe,
    async start() {
      if (session.state.status !== 'secondFactor') await refreshing.run({ isRecheck: true });
      return session.state;
    },
    ...createSignIn({
      gateway,
      session,
      refreshToken,
      tokenDelivery: isCookie ? 'COOKIE' : 'BODY',
      inTurn,
      asUser,
    }),
    reauthenticate: createReauthenticate({ asUser, session, tabs, accessToken }),
    signOut: ({ everywhere = false } = {}) =>
      inTurn(async () => {
        const { token } = session;
        const sent = await refreshToken.read();
        if (sent !== null || token !== null) {
          await gateway.run(SignOutDocument, { refreshToken: sent, everywhere }, { token }).catch((error) => {
            // There is no session to end.
            if (!isRejection(error)) throw error;
          });
        }
        await refreshToken.write(null);
        session.end('signedOut');
      }),
    accessToken,
    fetch: authorizedFetch,
    request: asUser.run,
    authorize,
    close() {
      closing.abort();
      live?.suspend();
      tabs.suspend();
    },
  };
}
