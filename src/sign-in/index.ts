import type { Feature } from '../graphql/feature.js';
import type { SignInParts } from './parts.js';
import { SignInResolver } from './sign-in.resolver.js';

/** Signing in. Apart from the sessions because it needs passwords, while a password reset needs sessions. */
export function signIn(parts: SignInParts): Feature {
  return { resolvers: [new SignInResolver(parts)] };
}
