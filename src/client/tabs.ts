import type { Fault } from './auth-error.js';
import { REQUEST_MS } from './gateway.js';
import type { SignedIn, SignedOutReason } from './types.js';
import { later } from './wait.js';

/** Messages between the tabs of one origin. */
export type News =
  /** Durations, not times: each tab has a monotonic clock of its own. */
  | { type: 'session'; token: string; totalMs: number; remainingMs: number; state: SignedIn }
  /** Without a session: of whichever session the cookie was. */
  | { type: 'signedOut'; sessionId: string | undefined; reason: SignedOutReason }
  | { type: 'pause'; ms: number; failures: number; fault: Fault }
  | { type: 'echo'; id: number };

export interface Tabs {
  tell(news: News): void;
  /** Resolves when the tab has received all that the other tabs told before. */
  flush(): Promise<void>;
  /** Runs a task while no other tab runs one. If a tab is closed, the browser releases its lock. */
  exclusive<T>(task: () => Promise<T>): Promise<T>;
  /** Runs a task in one tab at a time, until it is done or the signal is aborted. The others wait for their turn. */
  lead(task: () => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Before the page goes into the back-forward cache: an open channel can keep it out. */
  suspend(): void;
  resume(): void;
}

/** An echo needs a few milliseconds, more while the device is busy. */
const ECHO_MS = 1000;
/** A tab holds the lock for one request. */
const HOLD_MS = REQUEST_MS + 5000;

/**
 * Tabs that share a refresh cookie, by a BroadcastChannel and Web Locks. Without them, only this client.
 * @param name undefined if the client shares nothing with other tabs
 */
export function createTabs(name: string | undefined, hear: (news: News) => void): Tabs {
  const open = () => {
    if (name === undefined || typeof BroadcastChannel !== 'function') return undefined;
    const opened = new BroadcastChannel(name);
    // Node: an open channel keeps the process alive.
    (opened as { unref?: () => void }).unref?.();
    opened.onmessage = ({ data }: MessageEvent<News>) => {
      if (data.type === 'echo') echoes.get(data.id)?.();
      else hear(data);
    };
    return opened;
  };
  const echoes = new Map<number, () => void>();
  const locks: LockManager | undefined = name === undefined ? undefined : globalThis.navigator?.locks;
  let channel = open();
  let lastTask: Promise<unknown> = Promise.resolve();

  const flush = async () => {
    if (name === undefined || channel === undefined) return;
    // Messages arrive in the order in which the browser gets them, so the earlier ones are here when an own one is. A
    // channel does not send to itself, so the own one needs a second channel.
    const id = Math.random();
    const probe = new BroadcastChannel(name);
    await new Promise<void>((resolve) => {
      later(ECHO_MS, resolve);
      echoes.set(id, resolve);
      probe.postMessage({ type: 'echo', id });
    });
    echoes.delete(id);
    probe.close();
  };

  return {
    tell: (news) => channel?.postMessage(news),
    flush,
    async exclusive<T>(task: () => Promise<T>): Promise<T> {
      if (locks === undefined || name === undefined) {
        const run = lastTask.then(task);
        lastTask = run.catch(() => {});
        return run;
      }
      let result = undefined as Promise<T> | undefined;
      const waiting = new AbortController();
      const cancel = later(HOLD_MS, () => waiting.abort());
      const hold = () => {
        cancel();
        result = task();
        // Locks and messages take different ways. When an own message is back, the browser has the news of the task, and
        // the next holder gets them before its own.
        return result.finally(flush);
      };
      await locks.request(name, { signal: waiting.signal }, hold).catch(() => {});
      // The timers of a page that the system has frozen do not run, so its lock is taken away.
      if (!result) await locks.request(name, { steal: true }, hold).catch(() => {});
      // A page in a sandbox has no locks.
      return result ?? task();
    },
    async lead(task, signal) {
      if (locks === undefined) return task();
      await locks.request(`${name} live`, { signal }, task).catch(() => {});
    },
    suspend() {
      channel?.close();
      channel = undefined;
    },
    resume() {
      channel ??= open();
    },
  };
}
