import type { Feature } from '../../graphql/feature.js';
import type { RegistrationDeps } from './deps.js';
import { RESEND_JOB, type ResendRequest } from './mail-verification.js';
import { RegistrationResolver } from './registration.resolver.js';
import { LINK_JOB, type LinkRequest, mailLinkAgain, resendVerification } from './resend-verification.js';

export type { RegistrationDeps } from './deps.js';
export { requestLinkAgain } from './resend-verification.js';

/** Registering, and proving that the address is one's own. */
export function registration(deps: RegistrationDeps): Feature {
  return {
    resolvers: [new RegistrationResolver(deps)],
    jobs: [
      { name: RESEND_JOB, run: (request: ResendRequest) => resendVerification(deps, request) },
      { name: LINK_JOB, run: (request: LinkRequest) => mailLinkAgain(deps, request) },
    ],
    maintenance: [
      { name: 'expired registrations', run: () => deps.registrations.deleteExpired() },
      { name: 'expired tokens', run: () => deps.tokens.deleteExpired() },
    ],
  };
}
