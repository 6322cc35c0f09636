import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTabs, type News } from '../../../dist/client/tabs.js';
import { sleep } from '../../support/wait.js';

const NEWS: News = { type: 'signedOut', sessionId: 's1', reason: 'signedOut' };
const SLOW_MS = 40;

/** The channels of one origin. The messages of a tab arrive in order, but those of the first tab later. */
function stubChannels() {
  const channels = new Set<FakeChannel>();
  /** The tab that runs: the channels that it opens are its own. */
  const current = { tab: '' };
  class FakeChannel {
    onmessage?: (event: { data: unknown }) => void;
    readonly #tab = current.tab;
    constructor(readonly name: string) {
      channels.add(this);
    }
    postMessage(data: unknown) {
      setTimeout(
        () => {
          for (const channel of channels) if (channel !== this) channel.onmessage?.({ data });
        },
        this.#tab === 'first' ? SLOW_MS : 0,
      );
    }
    close() {
      channels.delete(this);
    }
  }
  vi.stubGlobal('BroadcastChannel', FakeChannel);
  return current;
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
    const current = stubChannels();
    stubLocks();
    const heard: News[] = [];
    current.tab = 'first';
    const first = createTabs('origin', () => {});
    current.tab = 'second';
    const second = createTabs('origin', (news) => heard.push(news));

    current.tab = 'first';
    const done = first.exclusive(async () => first.tell(NEWS));
    // By now, the first tab has told its news and opened what channels it needs.
    await sleep(1);
    current.tab = 'second';
    const heardByThen = await second.exclusive(async () => {
      await second.flush();
      return [...heard];
    });
    expect(heardByThen).toEqual([NEWS]);
    await done;
  });
});
