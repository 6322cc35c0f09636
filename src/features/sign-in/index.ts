import type { Feature } from '../../graphql/feature.js';
import type { SignInDeps } from './deps.js';
import { SignInResolver } from './sign-in.resolver.js';

export { signInMetrics } from './metrics.js';

/** Signing in. Apart from the sessions because it needs passwords, while a password reset needs sessions. */
export function signIn(deps: SignInDeps): Feature {
  return { resolvers: [new SignInResolver(deps)] };
}
