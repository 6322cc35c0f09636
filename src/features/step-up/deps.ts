import type { Database } from '../../platform/database.js';
import type { UserStore } from '../accounts/index.js';
import type { Passwords } from '../passwords/index.js';
import type { SecondFactors } from '../second-factors/index.js';
import type { Sessions } from '../sessions/index.js';

export interface StepUpDeps {
  readonly db: Database;
  readonly users: UserStore;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly secondFactors: SecondFactors;
  /** The maximum age of an authentication in seconds. 0 turns step-up off, except for omitted passwords. */
  readonly stepUpSeconds: number;
}
