import type { Feature } from '../../graphql/feature.js';
import type { Principal } from '../../platform/actor.js';
import type { Database } from '../../platform/database.js';
import type { StepUpDeps } from './deps.js';
import { confirmationAge, requireRecent } from './require-recent.js';
import { StepUpResolver } from './step-up.resolver.js';

/** Operations that need a recent authentication, not only a live session. */
export interface StepUp {
  readonly feature: Feature;
  /** See `requireRecent`. Does nothing if step-up is turned off. */
  require(tx: Database, principal: Principal): Promise<void>;
  /** Enforces `@recentAuth`. See `requireRecent`. */
  requireWithin(principal: Principal, maxAge: number): Promise<void>;
  /** Requires a recent authentication if an input omits the password. Also if step-up is off. See `requireRecent`. */
  requireInPlaceOfPassword(principal: Principal): Promise<void>;
}

export function createStepUp(deps: StepUpDeps): StepUp {
  const { db, stepUpSeconds } = deps;
  return {
    async require(tx, principal) {
      if (stepUpSeconds > 0) await requireRecent(deps, tx, principal, stepUpSeconds);
    },
    requireWithin: (principal, maxAge) => requireRecent(deps, db, principal, maxAge),
    requireInPlaceOfPassword: (principal) => requireRecent(deps, db, principal, confirmationAge(deps)),
    feature: { resolvers: [new StepUpResolver(deps)] },
  };
}
