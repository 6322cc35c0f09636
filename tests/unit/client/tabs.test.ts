import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTabs, type News } from '../../../dist/client/tabs.js';

const NEWS: News = { type: 'signedOut', sessionId: 's1', reason: 'signedOut' };
const SLOW_MS = 40;

/** The tab whose code runs. */
const tab = new AsyncLocalStorage<'first' | 'second'>();

/** The channels of one origin. The messages of a tab arrive in order, but those of the first tab later. */
function stubChannels() {
  const channels = new Set<FakeChannel>();
  class FakeChannel {
    onmessage?: (event: { data: unknown }) => void;
    constructor() {
      channels.add(this);
    }
    postMessage(data: unknown) {
      const deliver = () => {
        for (const channel of channels) if (channel !== this) channel.onmessage?.({ data });
      };
      setTimeout(deliver, tab.getStore() === 'first' ? SLOW_MS : 0);
    }
    close() {
      channels.delete(this);
    }
  }
  vi.stubGlobal('BroadcastChannel', FakeChannel);
}

/** Web Locks, which are granted at once when they are free. */
function stubLocks() {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_name: string, _options: object, task: () => Promise<unknown>) => {
    const run = last.then(task);
    last = run.catch(() => {});
    return run;
  };
  vi.stubGlobal('navigator', { locks: { request } });
}

describe('a tab that gets the lock', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('has the news of its last holder, also if messages are slower than locks', async () => {
    stubChannels();
    stubLocks();
    const heard: News[] = [];
    const first = createTabs('origin', () => {});
    const second = createTabs('origin', (news) => heard.push(news));

    const done = tab.run('first', () => first.exclusive(async () => first.tell(NEWS)));
    const heardByThen = await tab.run('second', () =>
      second.exclusive(async () => {
        await second.flush();
        return [...heard];
      }),
    );
    expect(heardByThen).toEqual([NEWS]);
    await done;
  });
});
