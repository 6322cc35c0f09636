import { registerEnum } from '../../graphql/enum.js';
import { TwoFactorMethod } from './factor.model.js';

registerEnum(TwoFactorMethod, {
  name: 'TwoFactorMethod',
  description: 'A way to prove the second factor.',
  values: {
    TOTP: 'A code of six digits from an authenticator app. A code changes every 30 seconds and works once.',
    RECOVERY_CODE: 'One of the recovery codes. Each works once; listed only if the user has any left.',
    PASSKEY: 'One of the passkeys of the user, in place of a code; listed only if the user has any.',
  },
});

export { TwoFactorMethod };
