import { AuthError, type Fault, failedSignIn, isRejection, isTransient, unavailable } from './auth-error.js';
import { type Gateway, REQUEST_MS } from './gateway.js';
import { RefreshDocument } from './generated/operations.js';
import type { RefreshToken } from './refresh-token.js';
import type { Session } from './session.js';
import type { News, Tabs } from './tabs.js';
import { jittered, sleep } from './wait.js';

/** The longest time that a call waits for a token while the gateway is unavailable. */
const BUDGET_MS = 30_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 8000;

interface RefreshDeps {
  readonly session: Session;
  readonly gateway: Gateway;
  readonly refreshToken: RefreshToken;
  readonly tabs: Tabs;
  readonly closed: AbortSignal;
}

export interface RefreshOptions {
  /** Also asks the gateway if nobody is signed in here: the user can have signed in elsewhere. */
  readonly isRecheck?: boolean;
  /** A token that is not good enough, although it has not expired. */
  readonly except?: string;
}

export interface Refresh {
  /**
   * The access token of this tab or a new one; null if nobody is signed in. Calls at the same time share one refresh.
   * @throws AuthError if the gateway is unavailable for 30 s, or asks for a longer pause
   */
  run(options?: RefreshOptions): Promise<string | null>;
  /** Heeds the pause of another tab, and ends a pause that is no longer needed. */
  hear(news: News): void;
}

export function createRefresh({ session, gateway, refreshToken, tabs, closed }: RefreshDeps): Refresh {
  /** After a failure, no request is sent to the gateway until this time. */
  let pause: { until: number; failures: number; fault: Fault } | undefined;
  let wake = new AbortController();
  let flight: Promise<string | null> | undefined;

  const hear = (news: News) => {
    if (news.type === 'pause') pause = { until: performance.now() + news.ms, ...news };
    // A sign-in, a refresh or a sign-out.
    else endPause();
  };
  const endPause = () => {
    pause = undefined;
    wake.abort();
    wake = new AbortController();
  };
  /** The milliseconds until the gateway may be asked again. */
  const pausedMs = () => (pause ? pause.until - performance.now() : 0);
  const pausedError = () =>
    new AuthError({
      ...(pause?.fault as Fault),
      retryAfter: Math.ceil(pausedMs() / 1000),
    });

  const noteFailure = (error: AuthError) => {
    const { code, message, retryAfter = 0 } = error;
    const failures = (pause?.failures ?? 0) + 1;
    const backoff = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), MAX_PAUSE_MS);
    const ms = retryAfter * 1000 + jittered(backoff);
    const news: News = { type: 'pause', ms, failures, fault: { code, message } };
    tabs.tell(news);
    hear(news);
  };

  /** One request. Runs while no other tab runs one. */
  const attempt = async (options: RefreshOptions, deadline: number): Promise<string | null> => {
    await tabs.flush();
    const usable = session.usableToken();
    if (usable !== null && usable !== options.except) return usable;
    const { status } = session.state;
    if (status === 'secondFactor' || (status === 'signedOut' && !options.isRecheck)) return null;
    if (pausedMs() > 0) throw pausedError();

    const { epoch } = session;
    const sent = await refreshToken.read();
    try {
      if (sent === null) throw failedSignIn();
      const timeoutMs = Math.min(REQUEST_MS, deadline - performance.now());
      const { refreshToken: payload } = await gateway.run(
        RefreshDocument,
        { refreshToken: sent },
        { timeoutMs },
      );
      endPause();
      await refreshToken.replace(sent, payload.refreshToken);
      // The session ended, or another one began, while the gateway answered.
      if (session.epoch !== epoch) return session.usableToken();
      session.begin(payload);
      return payload.accessToken;
    } catch (error) {
      if (isRejection(error)) {
        await refreshToken.replace(sent, null);
        if (session.epoch === epoch) {
          if (session.signedIn) session.end('expired');
          else session.change({ status: 'signedOut' });
        }
        return session.usableToken();
      }
      if (isTransient(error) && !closed.aborted) noteFailure(error);
      throw error;
    }
  };

  const run = async (options: RefreshOptions): Promise<string | null> => {
    const deadline = performance.now() + BUDGET_MS;
    for (;;) {
      const ms = pausedMs();
      if (ms > 0) {
        if (performance.now() + ms > deadline) throw pausedError();
        await sleep(ms, closed, wake.signal);
      }
      if (closed.aborted) throw unavailable('The client is closed.');
      try {
        return await tabs.exclusive(() => attempt(options, deadline));
      } catch (error) {
        if (!isTransient(error) || closed.aborted || performance.now() >= deadline) throw error;
      }
    }
  };

  return {
    run(options = {}) {
      flight ??= run(options).finally(() => {
        flight = undefined;
      });
      return flight;
    },
    hear,
  };
}
