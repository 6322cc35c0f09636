import type { Feature } from '../../graphql/feature.js';
import type { Principal } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { StepUpDeps } from './deps.js';
import { requireRecent } from './require-recent.js';
import { StepUpResolver } from './step-up.resolver.js';

/** In seconds. Applies to omitted passwords if step-up is turned off. */
const MAX_AGE_WITHOUT_PASSWORD = 900;

/** Operations that need a recent authentication, not only a live session. */
export interface StepUp {
  readonly feature: Feature;
  /** See `requireRecent`. Does nothing if step-up is turned off. */
  require(tx: Database, principal: Principal): Promise<void>;
  /** Enforces `@recentAuth`. See `requireRecent`. */
  requireWithin(principal: Principal, maxAge: number): Promise<void>;
  /** Checks the session in place of a password. Turning step-up off does not turn this off. See `requireRecent`. */
  requireInPlaceOfPassword(principal: Principal): Promise<void>;
}

export function createStepUp(deps: StepUpDeps): StepUp {
  const { db, stepUpSeconds } = deps;
  return {
    async require(tx, principal) {
      if (stepUpSeconds > 0) await requireRecent(deps, tx, principal, stepUpSeconds);
    },
    requireWithin: (principal, maxAge) => requireRecent(deps, db, principal, maxAge),
    requireInPlaceOfPassword: (principal) =>
      requireRecent(deps, db, principal, stepUpSeconds || MAX_AGE_WITHOUT_PASSWORD),
    feature: { resolvers: [new StepUpResolver(deps)] },
  };
}
