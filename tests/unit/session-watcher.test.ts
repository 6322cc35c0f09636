import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionEnd, WatchedSession } from '../../src/features/sessions/session.model.js';
import type { TailListener } from '../../src/features/sessions/session-end-tail.js';
import { SessionWatcher } from '../../src/features/sessions/session-watcher.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const live = (expiresInMs = DAY_MS): WatchedSession => ({ end: undefined, expiresInMs });
const endOf = (sessionId: string, reason: SessionEnd['reason'] = 'LOGGED_OUT'): SessionEnd => ({
  sessionId,
  reason,
  endedAt: new Date(0),
});

/** What no real database shows on demand: a read that is slow or fails, and an end in the middle of it. */
function scene() {
  let listener: TailListener = {};
  const reads: string[] = [];
  let answer: (id: string) => Promise<WatchedSession | null> = async () => live();
  const watcher = new SessionWatcher(
    {
      findWatched(id) {
        reads.push(id);
        return answer(id);
      },
    },
    { now: () => Date.now() },
    {
      listen(given) {
        listener = given;
        return () => {
          listener = {};
        };
      },
    },
  );
  return {
    watcher,
    reads,
    tail: () => listener,
    answerWith: (given: typeof answer) => {
      answer = given;
    },
  };
}

describe('the watcher of sessions', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells an end that is committed while the session is read', async () => {
    const { watcher, tail, answerWith } = scene();
    let finishRead = (_session: WatchedSession) => {};
    answerWith(
      () =>
        new Promise((resolve) => {
          finishRead = resolve;
        }),
    );
    const heard: SessionEnd[] = [];
    const watching = watcher.watch('a', (end) => heard.push(end));
    tail().onEnded?.([endOf('a')]);
    finishRead(live());
    await watching;
    expect(heard).toEqual([endOf('a')]);
    await vi.advanceTimersByTimeAsync(2 * DAY_MS);
    expect(heard).toHaveLength(1);
  });

  it('tells an end from before the read, and of a session whose row is gone', async () => {
    const { watcher, answerWith } = scene();
    answerWith(async (id) => (id === 'a' ? { end: endOf('a', 'DEACTIVATED'), expiresInMs: 1 } : null));
    const heard: string[] = [];
    await watcher.watch('a', ({ reason }) => heard.push(reason));
    await watcher.watch('b', ({ reason }) => heard.push(reason));
    expect(heard).toEqual(['DEACTIVATED', 'REVOKED']);
  });

  it('reads each session once for all its listeners, tells each once, and forgets those that were removed', async () => {
    const { watcher, reads, tail } = scene();
    const heard: number[] = [];
    await watcher.watch('a', () => heard.push(1));
    const remove = await watcher.watch('a', () => heard.push(2));
    await watcher.watch('a', () => heard.push(3));
    remove();
    remove();
    expect(reads).toEqual(['a']);
    tail().onEnded?.([endOf('other'), endOf('a'), endOf('a')]);
    expect(heard).toEqual([1, 3]);
    await watcher.watch('a', () => heard.push(4));
    expect(heard).toEqual([1, 3, 4]);
  });

  it('reports a failed read, and listens to nothing afterwards', async () => {
    const { watcher, tail, answerWith } = scene();
    answerWith(() => Promise.reject(new Error('down')));
    const heard: SessionEnd[] = [];
    await expect(watcher.watch('a', (end) => heard.push(end))).rejects.toThrow('down');
    tail().onEnded?.([endOf('a')]);
    expect(heard).toEqual([]);
  });

  it('reads every session again when ends may have been missed, until the database answers', async () => {
    const { watcher, reads, tail, answerWith } = scene();
    const heard: string[] = [];
    for (const id of ['a', 'b']) await watcher.watch(id, ({ sessionId }) => heard.push(sessionId));
    answerWith(() => Promise.reject(new Error('down')));
    tail().onMissed?.();
    await vi.advanceTimersByTimeAsync(3500);
    expect(reads.length).toBeGreaterThan(6);
    answerWith(async (id) => (id === 'b' ? { end: endOf('b'), expiresInMs: 1 } : live()));
    await vi.advanceTimersByTimeAsync(1000);
    expect(heard).toEqual(['b']);
    const read = reads.length;
    await vi.advanceTimersByTimeAsync(DAY_MS / 2);
    expect(reads).toHaveLength(read);
  });

  it('tells an expiry in 60 days in 60 days, not at once', async () => {
    const { watcher, reads, answerWith } = scene();
    const expiresAt = Date.now() + 60 * DAY_MS;
    answerWith(async () => {
      const leftMs = expiresAt - Date.now();
      return leftMs > 0 ? live(leftMs) : { end: endOf('a', 'EXPIRED'), expiresInMs: leftMs };
    });
    const heard: string[] = [];
    await watcher.watch('a', ({ reason }) => heard.push(reason));
    await vi.advanceTimersByTimeAsync(60 * DAY_MS - 1000);
    expect(heard).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(heard).toEqual(['EXPIRED']);
    expect(reads.length).toBeLessThan(6);
  });

  it('ends the iteration of events at once when it is returned, and leaves no timer', async () => {
    const { watcher } = scene();
    const events = watcher.events('a')[Symbol.asyncIterator]();
    const first = events.next();
    await vi.advanceTimersByTimeAsync(10);
    expect(vi.getTimerCount()).toBe(1);
    await events.return?.();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('closes without telling anything', async () => {
    const { watcher, tail } = scene();
    const heard: SessionEnd[] = [];
    await watcher.watch('a', (end) => heard.push(end));
    watcher.close();
    tail().onEnded?.([endOf('a')]);
    expect(vi.getTimerCount()).toBe(0);
    expect(heard).toEqual([]);
  });
});
