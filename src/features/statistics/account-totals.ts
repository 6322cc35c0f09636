import type { JobDefinition } from '../../platform/jobs.js';
import type { AccountTotalsStore } from './account-totals.store.js';
import type { AccountTotals } from './statistics.model.js';

/** The job counts every minute. The rest is for the time that it waits and counts. */
const MAX_AGE_SECONDS = 75;

/**
 * The totals. Small tables are counted for each reader, so that the answer is exact. Counting a million users takes a
 * second, so large tables are counted by a job: the queue runs it on one node, and no reader waits.
 */
export class AccountTotalsReader {
  #stored: Promise<AccountTotals> | undefined;

  constructor(readonly store: AccountTotalsStore) {}

  async read(): Promise<AccountTotals> {
    if (await this.store.areTablesSmall()) return (await this.store.count()).totals;
    this.#stored ??= this.#readStored().finally(() => {
      this.#stored = undefined;
    });
    return this.#stored;
  }

  /** The stored number of users, if the job has counted within the last 75 seconds. */
  async storedUsers(): Promise<number | undefined> {
    return (await this.store.findRecent(MAX_AGE_SECONDS))?.users;
  }

  readonly job: JobDefinition = {
    name: 'account-totals',
    schedule: '* * * * *',
    run: async () => {
      if (!(await this.store.areTablesSmall())) await this.#countAndStore();
    },
  };

  /** Counts before the first run of the job, or if it is late. All readers of the process wait for the same count. */
  async #readStored(): Promise<AccountTotals> {
    return (await this.store.findRecent(MAX_AGE_SECONDS)) ?? this.#countAndStore();
  }

  async #countAndStore(): Promise<AccountTotals> {
    const counted = await this.store.count();
    await this.store.store(counted);
    return counted.totals;
  }
}
