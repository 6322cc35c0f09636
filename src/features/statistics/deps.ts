import type { CountStore } from '../../audit/index.js';
import type { AccountTotalsReader } from './account-totals.js';

export interface StatisticsDeps {
  readonly counts: CountStore;
  readonly totals: AccountTotalsReader;
}
