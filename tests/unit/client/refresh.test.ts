import { type AuthClient, createAuthClient } from 'gatehouse/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const URL = 'https://auth.example/graphql';

interface Answer {
  data?: unknown;
  errors?: { message: string; extensions: object }[];
}

const tokens = (expiresIn: number, token = `token-${Math.random()}`) => ({
  accessToken: token,
  expiresIn,
  refreshToken: null,
  session: { id: 's1' },
  user: { id: 'u1', username: 'ada' },
});
const refreshed = (expiresIn: number): Answer => ({ data: { refreshToken: tokens(expiresIn) } });

/** Web Locks of one origin. A lock without an end is a tab that hangs. */
function fakeLocks() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    block: () => {
      last = new Promise(() => {});
    },
    request(
      _name: string,
      { signal, steal }: { signal?: AbortSignal; steal?: boolean },
      task: () => Promise<unknown>,
    ) {
      if (steal) last = Promise.resolve();
      const aborted = new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
      const before = last;
      const run = Promise.race([before, aborted]).then(task);
      last = before.then(() => run.catch(() => {}));
      return run;
    },
  };
}

describe('a refresh', () => {
  let client: AuthClient;
  let answer: (signal: AbortSignal) => Promise<Answer>;
  let askedAt: number[];
  let locks: ReturnType<typeof fakeLocks>;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    locks = fakeLocks();
    // A channel of Node delivers by the real event loop, which the fake timers do not wait for.
    vi.stubGlobal('BroadcastChannel', undefined);
    vi.stubGlobal('navigator', { locks });
    askedAt = [];
    const fetch = async (_url: unknown, init?: RequestInit) => {
      askedAt.push(performance.now());
      return new Response(JSON.stringify(await answer(init?.signal as AbortSignal)));
    };
    client = createAuthClient({ url: URL, fetch });
    answer = async () => refreshed(60);
    await client.start();
    await vi.advanceTimersByTimeAsync(60_000);
    askedAt = [];
  });
  afterEach(() => {
    client.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** How long a call takes, and what it rejects with. */
  const failure = async (advanceMs = 60_000) => {
    const startedAt = performance.now();
    const failed = client.accessToken().then(
      () => undefined,
      (error) => ({ code: error.code, ms: performance.now() - startedAt }),
    );
    await vi.advanceTimersByTimeAsync(advanceMs);
    return failed;
  };

  it('is tried again with growing pauses, and given up after 30 s', async () => {
    answer = async () => {
      throw new TypeError('fetch failed');
    };
    const failed = await failure();
    expect(failed?.code).toBe('SERVICE_UNAVAILABLE');
    expect(failed?.ms).toBeLessThanOrEqual(30_000);
    expect(failed?.ms).toBeGreaterThan(20_000);
    const pauses = askedAt.slice(1).map((at, i) => at - (askedAt[i] as number));
    expect(pauses.length).toBeGreaterThanOrEqual(5);
    for (const [i, pause] of pauses.slice(0, 5).entries()) {
      expect(pause).toBeGreaterThanOrEqual(250 * 2 ** i - 1);
      expect(pause).toBeLessThanOrEqual(500 * 2 ** i + 1);
    }
    expect(client.state).toMatchObject({ status: 'signedIn' });
  });

  it('is aborted after 15 s without an answer, so that the lock becomes free', async () => {
    answer = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const failed = await failure();
    expect(failed?.code).toBe('SERVICE_UNAVAILABLE');
    expect(failed?.ms).toBeLessThanOrEqual(30_000);
    expect((askedAt[1] as number) - (askedAt[0] as number)).toBeGreaterThanOrEqual(15_000);
    answer = async () => refreshed(60);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await client.accessToken()).toMatch(/^token/);
  });

  it('takes the lock from a frozen tab after 20 s', async () => {
    locks.block();
    const token = client.accessToken();
    const startedAt = performance.now();
    await vi.advanceTimersByTimeAsync(21_000);
    expect(await token).toMatch(/^token/);
    expect(askedAt.map((at) => at - startedAt)).toEqual([20_000]);
  });

  it('waits as long as retryAfter says, and rejects at once if that is too long', async () => {
    const extensions = { code: 'RATE_LIMITED', retryAfter: 25 };
    answer = async () => ({ errors: [{ message: '', extensions }] });
    const token = client.accessToken();
    await vi.advanceTimersByTimeAsync(24_900);
    expect(askedAt.length).toBe(1);
    answer = async () => refreshed(60);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await token).toMatch(/^token/);

    await vi.advanceTimersByTimeAsync(60_000);
    answer = async () => ({ errors: [{ message: '', extensions: { ...extensions, retryAfter: 40 } }] });
    expect((await failure(100))?.code).toBe('RATE_LIMITED');
  });

  it('does not refresh a token of a life under 30 s at each call', async () => {
    answer = async () => refreshed(10);
    const first = await client.accessToken();
    expect(await client.accessToken()).toBe(first);
    await vi.advanceTimersByTimeAsync(6000);
    expect(await client.accessToken()).not.toBe(first);
    expect(askedAt.length).toBe(2);
  });

  it('keeps the state object for a token of the same session', async () => {
    const { state } = client;
    const states: unknown[] = [];
    client.subscribe((changed) => states.push(changed));
    await client.accessToken();
    expect(client.state).toBe(state);
    expect(states).toEqual([]);
  });

  it.each(['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'])('is not tried again after %s', async (code) => {
    answer = async () => ({ errors: [{ message: '', extensions: { code } }] });
    expect(await failure()).toMatchObject({ code });
    expect(askedAt.length).toBe(1);
    expect(client.state).toMatchObject({ status: 'signedIn' });
  });

  it('is shared by all calls at the same time', async () => {
    const found = await Promise.all(Array.from({ length: 50 }, () => client.accessToken()));
    expect(new Set(found).size).toBe(1);
    expect(askedAt.length).toBe(1);
  });
});
