import type { Feature } from '../graphql/feature.js';
import { RESEND_JOB, type ResendRequest } from './mail-verification.js';
import type { RegistrationParts } from './parts.js';
import { RegistrationResolver } from './registration.resolver.js';
import { LINK_JOB, type LinkRequest, mailLinkAgain, resendVerification } from './resend-verification.js';

export type { RegistrationParts } from './parts.js';
export { requestLinkAgain } from './resend-verification.js';

/** Registering, and proving that the address is one's own. */
export function registration(parts: RegistrationParts): Feature {
  return {
    resolvers: [new RegistrationResolver(parts)],
    jobs: [
      { name: RESEND_JOB, run: (request: ResendRequest) => resendVerification(parts, request) },
      { name: LINK_JOB, run: (request: LinkRequest) => mailLinkAgain(parts, request) },
    ],
    upkeep: [
      { name: 'expired registrations', run: () => parts.registrations.deleteExpired() },
      { name: 'expired tokens', run: () => parts.tokens.deleteExpired() },
    ],
  };
}
