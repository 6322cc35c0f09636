import type { Feature } from '../graphql/feature.js';
import type { RegistrationParts } from './parts.js';
import { RegistrationResolver } from './registration.resolver.js';
import { RESEND_JOB, type ResendRequest, resendVerification } from './resend-verification.js';

/** Registering, and proving that the address is one's own. */
export function registration(parts: RegistrationParts): Feature {
  return {
    resolvers: [new RegistrationResolver(parts)],
    jobs: [{ name: RESEND_JOB, run: (request: ResendRequest) => resendVerification(parts, request) }],
    upkeep: [
      { name: 'expired registrations', run: () => parts.users.deleteExpired() },
      { name: 'expired tokens', run: () => parts.tokens.deleteExpired() },
    ],
  };
}
