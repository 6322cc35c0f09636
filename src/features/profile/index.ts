import type { Feature } from '../../graphql/feature.js';
import type { ProfileDeps } from './deps.js';
import { ProfileResolver } from './profile.resolver.js';

export { confirmEmailChange } from './change-email.js';

/** One's own account. */
export function profile(deps: ProfileDeps): Feature {
  return { resolvers: [new ProfileResolver(deps)] };
}
