import type { Outbox } from '../../mail/index.js';
import type { Database } from '../../platform/database.js';
import type { Notices, UserStore } from '../accounts/index.js';
import type { Lockout } from '../lockout/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { SecondFactors } from '../second-factors/index.js';
import type { Sessions } from '../sessions/index.js';
import type { SignIn } from '../sign-in/index.js';
import type { StepUp } from '../step-up/index.js';

export interface AdministrationDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly sessions: Sessions;
  readonly stepUp: StepUp;
  readonly signIn: Pick<SignIn, 'hasMethod'>;
  readonly lockout: Lockout;
  readonly secondFactors: SecondFactors;
  /** Removes the accounts at identity providers that sign in as a user, whose row is locked. */
  removeIdentities(tx: Database, userId: string): Promise<void>;
  readonly outbox: Outbox;
  readonly notices: Notices;
  readonly linkBase: string;
}
