import type { Feature } from '../../graphql/feature.js';
import type { RegistrationDeps } from './deps.js';
import { RESEND_JOB, type ResendRequest } from './mail-verification.js';
import { RegistrationResolver } from './registration.resolver.js';
import {
  LINK_JOB,
  type LinkRequest,
  mailLinkAgain,
  requestLinkAgain,
  resendVerification,
} from './resend-verification.js';

export interface Registration {
  readonly feature: Feature;
  /** See `requestLinkAgain`. */
  requestLinkAgain(userId: string): Promise<void>;
}

/** Registration and verification of email addresses. */
export function createRegistration(deps: RegistrationDeps): Registration {
  return {
    requestLinkAgain: (userId) => requestLinkAgain(deps, userId),
    feature: {
      resolvers: [new RegistrationResolver(deps)],
      jobs: [
        { name: RESEND_JOB, run: (request: ResendRequest) => resendVerification(deps, request) },
        { name: LINK_JOB, run: (request: LinkRequest) => mailLinkAgain(deps, request) },
      ],
      maintenance: [
        { name: 'expired registrations', run: () => deps.registrations.deleteExpired() },
        { name: 'expired tokens', run: () => deps.tokens.deleteExpired() },
      ],
    },
  };
}
