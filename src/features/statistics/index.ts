import { CountStore } from '../../audit/index.js';
import type { Feature } from '../../graphql/feature.js';
import type { Database } from '../../platform/database.js';
import { AccountTotalsReader } from './account-totals.js';
import { AccountTotalsStore, type TotalsConditions } from './account-totals.store.js';
import { StatisticsResolver } from './statistics.resolver.js';

export interface StatisticsOptions extends TotalsConditions {
  readonly db: Database;
  /** For reads. */
  readonly reader: Database;
}

export interface Statistics {
  readonly feature: Feature;
  /** The number of all accounts, if a job has counted them in about the last minute. */
  storedUsers(): Promise<number | undefined>;
}

/** Figures for dashboards: security events by hour and day, and the number of accounts. */
export function createStatistics({ db, reader, ...conditions }: StatisticsOptions): Statistics {
  const totals = new AccountTotalsReader(new AccountTotalsStore(db, reader, conditions));
  return {
    storedUsers: () => totals.storedUsers(),
    feature: {
      resolvers: [new StatisticsResolver({ counts: new CountStore(reader), totals })],
      jobs: [totals.job],
    },
  };
}
