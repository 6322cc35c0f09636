import type { UserStore } from '../accounts/index.js';
import type { Feature } from '../graphql/feature.js';
import type { Database } from '../platform/database.js';
import { ProfileResolver } from './profile.resolver.js';

export interface ProfileParts {
  readonly db: Database;
  readonly users: UserStore;
}

/** One's own account. */
export function profile(parts: ProfileParts): Feature {
  return { resolvers: [new ProfileResolver(parts)] };
}
