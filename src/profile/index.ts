import type { Feature } from '../graphql/feature.js';
import type { ProfileParts } from './parts.js';
import { ProfileResolver } from './profile.resolver.js';

export { confirmEmailChange } from './change-email.js';

/** One's own account. */
export function profile(parts: ProfileParts): Feature {
  return { resolvers: [new ProfileResolver(parts)] };
}
