import { FieldResolver, Resolver, Root } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';
import { Auth } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import { batched } from '../../platform/batch.js';
import { UserType } from '../accounts/index.js';
import type { FailureCounterStore } from './failure-counter.store.js';
import { accountKey } from './keys.js';

/** `User.lockedUntil` */
@Resolver(() => UserType)
export class LockedUntilResolver {
  readonly #lockedUntil: (key: string) => Promise<Date | null>;

  constructor(counters: FailureCounterStore) {
    this.#lockedUntil = batched((keys) => counters.lockedUntil(keys));
  }

  @Auth({ requires: Role.STAFF })
  @FieldResolver(() => DateTimeISO, {
    nullable: true,
    description:
      'The time when the sign-in lock of the account ends. Null if the account is not locked, or if the caller may not read it.',
  })
  lockedUntil(@Root() user: UserType): Promise<Date | null> {
    return this.#lockedUntil(accountKey(user.id));
  }
}
