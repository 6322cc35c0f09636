import type { Feature } from '../../graphql/feature.js';
import type { Actor } from '../../platform/actor.js';
import { confirmEmailChange } from './change-email.js';
import type { ProfileDeps } from './deps.js';
import { ProfileResolver } from './profile.resolver.js';

export interface Profile {
  readonly feature: Feature;
  /** See `confirmEmailChange`. */
  confirmEmailChange(actor: Actor, token: string): Promise<string>;
}

/** Changes of the caller's own names and email address. */
export function createProfile(deps: ProfileDeps): Profile {
  return {
    confirmEmailChange: (actor, token) => confirmEmailChange(deps, actor, token),
    feature: { resolvers: [new ProfileResolver(deps)] },
  };
}
