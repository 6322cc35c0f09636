import type { SignedInFragment } from './generated/operations.js';
import { isUsable, type Life, startLife } from './life.js';
import type { News } from './tabs.js';
import type { AuthState, SignedIn, SignedOutReason } from './types.js';

/** The state and the access token of this tab. */
export interface Session {
  readonly state: AuthState;
  /** The state, if somebody is signed in. */
  readonly signedIn: SignedIn | undefined;
  /** Grows when a session begins or ends: the result of an older request is then out of date. */
  readonly epoch: number;
  /** The access token if it lasts long enough. */
  usableToken(): string | null;
  /** The access token, whether or not it has expired. */
  readonly token: string | null;
  subscribe(listener: (state: AuthState) => void): () => void;
  /** Takes the tokens of a sign-in or refresh, and tells the other tabs. */
  begin(payload: SignedInFragment): void;
  /** Takes a newer token of the same session, and tells the other tabs. */
  renew(state: SignedIn, payload: Pick<SignedInFragment, 'accessToken' | 'expiresIn'>): void;
  /** Signs out, and tells the other tabs. */
  end(reason: SignedOutReason): void;
  /** For states that concern this tab only. */
  change(state: AuthState): void;
  /** Does not use this access token again. */
  expire(token: string | null): void;
  hear(news: News): void;
}

export function createSession(tell: (news: News) => void): Session {
  const listeners = new Set<(state: AuthState) => void>();
  let state: AuthState = { status: 'unknown' };
  let access: { token: string; life: Life } | undefined;
  let epoch = 0;

  const signedIn = () => (state.status === 'signedIn' ? state : undefined);
  const change = (next: AuthState) => {
    // A refresh of the same session, and a second reason for a sign-out, change nothing.
    const isSame =
      (state.status === 'signedOut' && next.status === 'signedOut') ||
      JSON.stringify(state) === JSON.stringify(next);
    if (isSame) return;
    state = next;
    for (const listener of [...listeners]) {
      try {
        listener(next);
      } catch (error) {
        // The other listeners must hear of it too. The error is reported as an uncaught one.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
  const renew: Session['renew'] = (next, { accessToken: token, expiresIn }) => {
    const totalMs = expiresIn * 1000;
    const news: News = { type: 'session', token, totalMs, remainingMs: totalMs, state: next };
    tell(news);
    hear(news);
  };
  const leave = (next: AuthState) => {
    epoch++;
    access = undefined;
    change(next);
  };
  const hear = (news: News) => {
    if (news.type === 'session') {
      if (signedIn()?.sessionId !== news.state.sessionId) epoch++;
      access = { token: news.token, life: startLife(news.totalMs, news.remainingMs) };
      change(news.state);
    } else if (news.type === 'signedOut') {
      const current = signedIn()?.sessionId;
      const { sessionId = current, reason } = news;
      if (current && sessionId === current) leave({ status: 'signedOut', reason });
    }
  };

  return {
    get state() {
      return state;
    },
    get signedIn() {
      return signedIn();
    },
    get epoch() {
      return epoch;
    },
    get token() {
      return access?.token ?? null;
    },
    usableToken: () => (access && isUsable(access.life) ? access.token : null),
    subscribe(listener) {
      // One function can be subscribed twice.
      const own = (changed: AuthState) => listener(changed);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    begin({ user: { id, username }, session, ...payload }) {
      renew({ status: 'signedIn', user: { id, username }, sessionId: session.id }, payload);
    },
    renew,
    end(reason) {
      const sessionId = signedIn()?.sessionId;
      // A tab that has not asked who is signed in can sign out, too.
      if (sessionId !== undefined || reason === 'signedOut') tell({ type: 'signedOut', sessionId, reason });
      leave({ status: 'signedOut', reason });
    },
    change: leave,
    expire(token) {
      if (access?.token === token) access.life = startLife(0);
    },
    hear,
  };
}
