import { Arg, Query, Resolver } from 'type-graphql';
import { StatisticsInterval } from '../../audit/index.js';
import { DateTimeISO } from '../../graphql/date-time.js';
import { Auth } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import { readAuthStatistics } from './auth-statistics.js';
import type { StatisticsDeps } from './deps.js';
import { AccountTotalsType, AuthStatisticsType } from './statistics.type.js';

@Resolver()
export class StatisticsResolver {
  constructor(readonly deps: StatisticsDeps) {}

  @Auth({ requires: Role.ADMIN })
  @Query(() => [AuthStatisticsType], {
    description:
      'The number of security events in each hour or day of a time range, oldest first. Intervals in which nothing happened are included. The first interval is the one that contains from, and the last one the one that contains the last moment before to: both are counted as a whole. It can fail with BAD_USER_INPUT if to is not after from, or if there are more than 400 intervals.',
  })
  authStatistics(
    @Arg('from', () => DateTimeISO, { description: 'The start of the time range, which is included.' })
    from: Date,
    @Arg('to', () => DateTimeISO, { description: 'The end of the time range, which is excluded.' })
    to: Date,
    @Arg('interval', () => StatisticsInterval, {
      defaultValue: StatisticsInterval.DAY,
      description: 'The length of the intervals.',
    })
    interval: StatisticsInterval,
  ): Promise<AuthStatisticsType[]> {
    return readAuthStatistics(this.deps, { from, to, interval });
  }

  @Auth({ requires: Role.ADMIN })
  @Query(() => AccountTotalsType, {
    description:
      'The number of accounts and live sessions now. With many accounts, the gateway counts them every minute, and the answer is about a minute old at most.',
  })
  accountTotals(): Promise<AccountTotalsType> {
    return this.deps.totals.read();
  }
}
