import { beforeAll, describe, expect, it } from 'vitest';
import { IdentityProvidersDocument, UnlinkIdentityDocument } from '../../generated/graphql.js';
import { registerAndVerify, signIn, welcomed } from '../../support/accounts.js';
import { auditOf } from '../../support/audit.js';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends } from '../../support/in-process.js';
import { type OpenIdProvider, settingsOf, startOpenIdProvider } from '../../support/openid-provider.js';
import {
  atProvider,
  begin,
  codeFor,
  identitiesOf,
  landingOf,
  linkBy,
  openCallback,
  redeem,
  signedInTo,
  signInBy,
} from '../../support/openid-sign-in.js';
import { nextPort } from '../../support/served-here.js';
import { decode } from '../../support/tokens.js';

describeOnBackends('sign-in by an identity provider', ({ start }) => {
  let gateway: Gateway;
  let provider: OpenIdProvider;

  beforeAll(async () => {
    const port = nextPort();
    provider = await startOpenIdProvider('corp', {
      gatewayUrl: `http://127.0.0.1:${port}`,
      env: { NAME: 'Corporation' },
    });
    gateway = await start({ port, env: settingsOf(provider) });
  });

  it('creates an account at the first sign-in and finds it at the next', async () => {
    provider.people.set('ada', {
      email: 'ada@example.com',
      email_verified: true,
      name: 'Ada L.',
      preferred_username: 'ada',
    });
    const first = signedInTo(await signInBy(gateway, provider, 'ada'));
    expect(first.user).toMatchObject({
      username: 'ada',
      email: 'ada@example.com',
      emailVerified: true,
      displayName: 'Ada L.',
      role: 'CUSTOMER',
    });
    expect(decode(first.accessToken).claims.amr).toEqual(['fed']);
    const second = signedInTo(await signInBy(gateway, provider, 'ada'));
    expect(second.user.id).toBe(first.user.id);
    const { hasPassword, identities } = await identitiesOf(gateway, second.accessToken);
    expect(hasPassword).toBe(false);
    expect(identities).toMatchObject([
      { provider: { id: 'corp', name: 'Corporation' }, email: 'ada@example.com' },
    ]);
  });
});
