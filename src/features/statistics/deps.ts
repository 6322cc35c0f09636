import type { CountStore } from '../../audit/index.js';
import type { AccountTotalsStore } from './account-totals.store.js';

export interface StatisticsDeps {
  readonly counts: CountStore;
  readonly totals: AccountTotalsStore;
}
