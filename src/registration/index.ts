import type { UserStore } from '../accounts/index.js';
import type { Feature } from '../graphql/feature.js';
import type { FloodGuard, Outbox } from '../mail/index.js';
import type { OneTimeTokenStore } from '../one-time-tokens/index.js';
import type { PasswordHashing } from '../passwords/index.js';
import type { Database } from '../platform/database.js';
import type { JobQueue } from '../platform/jobs.js';
import type { Client } from '../platform/principal.js';
import { RegistrationResolver } from './registration.resolver.js';
import { RESEND_JOB, type ResendRequest, resendVerification } from './resend-verification.js';

export interface RegistrationParts {
  readonly db: Database;
  readonly users: UserStore;
  readonly tokens: OneTimeTokenStore;
  readonly hashing: PasswordHashing;
  readonly outbox: Outbox;
  readonly floodGuard: FloodGuard;
  readonly jobs: JobQueue;
  readonly linkBase: string;
  readonly requireVerifiedEmail: boolean;
  /** Finishes a change of address by its token. */
  confirmEmailChange(token: string, client: Client): Promise<string>;
}

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
