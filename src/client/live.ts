import { listenOnSocket, type SessionEnded } from './live-socket.js';
import type { Session } from './session.js';
import type { Tabs } from './tabs.js';
import type { AuthClient, SignedOutReason } from './types.js';
import { jittered, later } from './wait.js';

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
/** After a connection that lasted so long, the pauses begin anew. */
const STABLE_MS = 60_000;
/** Too many connections: the pause begins at 32 s. */
const MANY_FAILURES = 6;

const REASONS: Partial<Record<SessionEnded['reason'], SignedOutReason>> = {
  LOGGED_OUT: 'signedOut',
  EXPIRED: 'expired',
};

interface LiveDeps {
  /** The gateway's endpoint with `ws:` or `wss:`. */
  readonly url: string;
  readonly session: Session;
  readonly tabs: Tabs;
  readonly accessToken: AuthClient['accessToken'];
}

export interface Live {
  /** Closes the socket until `resume`. */
  suspend(): void;
  resume(): void;
}

/**
 * Listens for the end of the session while somebody is signed in. Only one tab has a socket, because the gateway permits
 * five for a session. The others hear of the end from that tab.
 */
export function createLive({ url, session, tabs, accessToken }: LiveDeps): Live {
  let running = new AbortController();
  /** The session that the socket is for. */
  let current: string | undefined;
  let isSuspended = false;

  const hear = ({ sessionId, reason }: SessionEnded) => {
    if (session.signedIn?.sessionId === sessionId) session.end(REASONS[reason] ?? 'revoked');
  };
  const listen = async (signal: AbortSignal) => {
    for (let failures = 0; !signal.aborted; ) {
      // Unavailable: the pause below, then again.
      const token = await accessToken().catch(() => undefined);
      if (token === null || signal.aborted) return;
      const startedAt = performance.now();
      const code = token && (await listenOnSocket(url, token, hear, signal));
      // The signal belongs to the session, so the end is not about a later one.
      if (code === 4403 && !signal.aborted) return session.end('revoked');
      if (code === 4401 && token) session.expire(token);
      failures = performance.now() - startedAt > STABLE_MS ? 1 : failures + 1;
      if (code === 4429) failures = Math.max(failures, MANY_FAILURES);
      // The gateway refused an expired token: a new one can connect at once.
      if (code === 4401 && failures === 1) continue;
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), MAX_PAUSE_MS), signal);
    }
  };
  const update = () => {
    const wanted = isSuspended ? undefined : session.signedIn?.sessionId;
    if (wanted === current) return;
    current = wanted;
    running.abort();
    running = new AbortController();
    const { signal } = running;
    if (wanted !== undefined) void tabs.lead(() => listen(signal), signal);
  };
  session.subscribe(update);
  const suspend = (isNow: boolean) => () => {
    isSuspended = isNow;
    update();
  };
  return { suspend: suspend(true), resume: suspend(false) };
}

/** Nobody waits for the reconnection, so it does not keep Node alive. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = later(jittered(ms), resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
