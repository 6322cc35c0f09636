import { Field, Int, ObjectType } from 'type-graphql';
import { type IntervalCounts, StatisticsInterval } from '../../audit/index.js';
import { DateTimeISO } from '../../graphql/date-time.js';
import { registerEnum } from '../../graphql/enum.js';
import type { AccountTotals } from './statistics.model.js';

registerEnum(StatisticsInterval, {
  name: 'StatisticsInterval',
  description: 'The length of an interval.',
  values: {
    HOUR: 'A whole hour.',
    DAY: 'A whole day, from midnight to midnight in UTC.',
  },
});

@ObjectType('AuthStatistics', { description: 'The number of events in one hour or day in UTC.' })
export class AuthStatisticsType implements IntervalCounts {
  @Field(() => DateTimeISO, { description: 'The time when the interval begins.' })
  start!: Date;

  @Field(() => Int, {
    description:
      'Completed sign-ins by password, passkey or identity provider. A sign-in with a second factor counts once, after the second factor.',
  })
  signIns!: number;

  @Field(() => Int, {
    description:
      'Failed sign-ins: a wrong identifier, password or passkey, or a wrong second factor at a sign-in. A wrong password or code of a user who is signed in does not count.',
  })
  failedSignIns!: number;

  @Field(() => Int, { description: 'Locks of accounts, or of known devices, by failed sign-ins.' })
  lockouts!: number;

  @Field(() => Int, {
    description:
      'New accounts. A registration counts when it becomes an account: usually when its address is verified. An account that an admin or the operator creates, or that an identity provider signs in for the first time, counts at once.',
  })
  registrations!: number;

  @Field(() => Int, { description: 'Passwords that were set by the link of a reset or an invitation.' })
  passwordResets!: number;

  @Field(() => Int, {
    description: 'Refresh tokens that were used again after their grace period, which ends the session.',
  })
  tokenReuses!: number;
}

@ObjectType('AccountTotals', {
  description:
    'The number of accounts and live sessions. Each figure includes deactivated accounts, and none includes registrations whose address is not verified yet.',
})
export class AccountTotalsType implements AccountTotals {
  @Field(() => Int, { description: 'All accounts.' })
  users!: number;

  @Field(() => Int, { description: 'Accounts with the role STAFF. Admins do not count.' })
  staff!: number;

  @Field(() => Int, { description: 'Accounts with the role ADMIN.' })
  admins!: number;

  @Field(() => Int, { description: 'Accounts that an admin has deactivated.' })
  deactivated!: number;

  @Field(() => Int, {
    description: 'Accounts that failed sign-ins have locked now. Locks of known devices do not count.',
  })
  locked!: number;

  @Field(() => Int, { description: 'Accounts that need a second factor to sign in with a password.' })
  twoFactorEnabled!: number;

  @Field(() => Int, { description: 'Accounts with one passkey or more.' })
  withPasskey!: number;

  @Field(() => Int, { description: 'Sessions that have neither ended nor expired.' })
  liveSessions!: number;
}
