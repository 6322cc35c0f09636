import type { Feature } from '../../graphql/feature.js';
import type { TwoFactor } from './two-factor.js';
import { TwoFactorResolver, UserTwoFactorResolver } from './two-factor.resolver.js';

export { TwoFactor } from './two-factor.js';

export function twoFactorFeature({ deps }: TwoFactor): Feature {
  return {
    resolvers: [new TwoFactorResolver(deps), new UserTwoFactorResolver(deps)],
    maintenance: [{ name: 'lapsed two-factor setups', run: () => deps.store.deleteLapsed() }],
  };
}
