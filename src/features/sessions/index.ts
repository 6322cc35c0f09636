import type { Feature } from '../../graphql/feature.js';
import { CurrentSessionResolver, SessionResolver, UserSessionsResolver } from './session.resolver.js';
import type { Sessions } from './sessions.js';

export { AuthPayload, deliver, TokenDelivery } from './auth-payload.type.js';
export { sessionMetrics } from './metrics.js';
export type { Session } from './session.store.js';
export { Sessions } from './sessions.js';
export type { SignedIn } from './tokens.js';

export function sessionsFeature(sessions: Sessions): Feature {
  return {
    resolvers: [
      new SessionResolver(sessions),
      new CurrentSessionResolver(),
      new UserSessionsResolver(sessions),
    ],
    maintenance: [
      { name: 'signing keys', run: () => sessions.keys.rotate() },
      { name: 'old sessions', run: () => sessions.deps.store.deleteOld() },
      { name: 'old session ends', run: () => sessions.deps.store.deleteOldEnds() },
    ],
  };
}
