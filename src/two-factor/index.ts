import type { Feature } from '../graphql/feature.js';
import type { TwoFactor } from './two-factor.js';
import { TwoFactorResolver, UserTwoFactorResolver } from './two-factor.resolver.js';

export { TwoFactor } from './two-factor.js';

export function twoFactorFeature({ parts }: TwoFactor): Feature {
  return {
    resolvers: [new TwoFactorResolver(parts), new UserTwoFactorResolver(parts)],
    upkeep: [{ name: 'lapsed two-factor setups', run: () => parts.store.deleteLapsed() }],
  };
}
