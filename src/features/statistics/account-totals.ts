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
  #counting: Promise<AccountTotals> | undefined;

  constructor(readonly store: AccountTotalsStore) {}

  async read(): Promise<AccountTotals> {
    if (await this.store.areTablesSmall()) return (await this.store.count()).totals;
    return (await this.store.findRecent(MAX_AGE_SECONDS)) ?? this.#countOnce();
  }

  readonly job: JobDefinition = {
    name: 'account-totals',
    schedule: '* * * * *',
    run: async () => {
      if (!(await this.store.areTablesSmall())) await this.#countOnce();
    },
  };

  /** Before the first run of the job, or if it is late, readers count. Those of this process wait for one count. */
  #countOnce(): Promise<AccountTotals> {
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    return this.#counting;
  }

  async #count(): Promise<AccountTotals> {
    const counted = await this.store.count();
    await this.store.store(counted);
    return counted.totals;
  }
}
