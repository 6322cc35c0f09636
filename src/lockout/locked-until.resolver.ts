import DataLoader from 'dataloader';
import { FieldResolver, Resolver, Root } from 'type-graphql';
import { UserType } from '../accounts/index.js';
import { DateTimeISO } from '../graphql/date-time.js';
import { Auth } from '../graphql/directives.js';
import { Role } from '../platform/principal.js';
import { accountKey } from './admit.js';
import type { FailureCounterStore } from './failure-counter.store.js';

/** `User.lockedUntil`: a field of the lockout's on somebody else's type. */
@Resolver(() => UserType)
export class LockedUntilResolver {
  readonly #loader: DataLoader<string, Date | null>;

  constructor(counters: FailureCounterStore) {
    this.#loader = new DataLoader(
      async (keys) => {
        const found = await counters.lockedUntil(keys);
        return keys.map((key) => found.get(key) ?? null);
      },
      { cache: false, maxBatchSize: 100 },
    );
  }

  @Auth({ requires: Role.STAFF })
  @FieldResolver(() => DateTimeISO, { nullable: true })
  lockedUntil(@Root() user: UserType): Promise<Date | null> {
    return this.#loader.load(accountKey(user.id));
  }
}
