import { beforeAll, expect, it } from 'vitest';
import { RefreshTokenDocument } from '../../generated/graphql.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { SoftwareAuthenticator } from '../../support/authenticator.js';
import { clone } from '../../support/cast.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, describeOnPostgres } from '../../support/in-process.js';
import { hasToken } from '../../support/mailbox.js';
import {
  addPasskey,
  answerTo,
  finishRegistration,
  finishSignIn,
  pageOrigin,
  passkeyOwner,
  passkeysOf,
  registrationOf,
  remove,
  rename,
  signedInByPasskey,
  signInCeremony,
} from '../../support/passkeys.js';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148';

describeOnBackends('passkeys', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });

  it('are listed newest first, with their names, and can be renamed and removed', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    expect(await passkeysOf(gateway, token)).toEqual([]);
    const first = await addPasskey(gateway, token);
    await addPasskey(gateway, token, { isSynced: true, counts: false }, ' Schlüssel 🔑 ');
    const third = await addPasskey(gateway, token);
    const listed = await passkeysOf(gateway, token);
    expect(listed.map(({ name, backedUp }) => [name, backedUp])).toEqual([
      ['Passkey 2', false],
      ['Schlüssel 🔑', true],
      ['Passkey', false],
    ]);

    await signedInByPasskey(gateway, first.authenticator);
    const used = await passkeysOf(gateway, token);
    expect(used.map(({ lastUsedAt }) => lastUsedAt !== null)).toEqual([false, false, true]);
    expectData(await rename(gateway, token, third.passkeyId, 'Laptop'));
    expectData(await remove(gateway, token, first.passkeyId));
    expectCode(await remove(gateway, token, first.passkeyId), 'NOT_FOUND');
    expect((await passkeysOf(gateway, token)).map(({ name }) => name)).toEqual(['Laptop', 'Schlüssel 🔑']);
  });

  it('are named after the device if its own authenticator made them', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    const names: string[] = [];
    for (const attachment of ['platform', 'platform', 'cross-platform']) {
      const ceremony = await registrationOf(gateway, token);
      const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
      const credential = authenticator.create(ceremony.options).replace('"platform"', `"${attachment}"`);
      const headers = { 'user-agent': IPHONE };
      const input = answerTo(ceremony, credential);
      const added = expectData(await finishRegistration(gateway, token, input, { headers }));
      names.push(added.finishPasskeyRegistration.name);
    }
    expect(names).toEqual(['Passkey on iPhone', 'Passkey on iPhone 2', 'Passkey']);
  });

  it('sign in with the refresh token in a cookie, for a longer time', async () => {
    const { authenticator, username } = await passkeyOwner(gateway);
    const { challengeToken, options } = await signInCeremony(gateway);
    const result = await finishSignIn(gateway, {
      challengeToken,
      credential: authenticator.get(options),
      rememberMe: true,
      tokenDelivery: 'COOKIE',
    });
    const { refreshToken, session, user } = expectData(result).finishPasskeySignIn;
    expect({ refreshToken, remembered: session.remembered, username: user.username }).toEqual({
      refreshToken: null,
      remembered: true,
      username,
    });
    const { refresh, device } = result.cookies;
    expect(refresh?.attributes).toMatchObject({ httponly: true, samesite: 'Strict' });
    expect(device?.value).toMatch(/^ghd1_/);
    const cookies = { refresh: refresh?.value ?? '' };
    expectData(await gateway.client.run(RefreshTokenDocument, {}, { cookies }));
  });

  it('exclude those that the account has from a new registration', async () => {
    const { token, authenticator } = await passkeyOwner(gateway);
    const { options } = await registrationOf(gateway, token);
    expect(JSON.parse(options).excludeCredentials).toEqual([
      { id: authenticator.id.toString('base64url'), type: 'public-key', transports: ['internal', 'hybrid'] },
    ]);
  });
});

describeOnPostgres('an account without a password that is activated again', ({ start }) => {
  it('gets an invitation only if its user has no other way to sign in', async () => {
    const gateway = await start();
    await registerAndVerify(gateway);
    const admin = await clone(gateway, 'ADMIN');
    const [owner, invited] = [await clone(gateway, 'CUSTOMER'), await clone(gateway, 'CUSTOMER')];
    await addPasskey(gateway, owner.token);
    for (const { id } of [owner, invited]) {
      await openDatabase(gateway)`update users set password_hash = null where id = ${id}`;
      for (const field of ['deactivateUser', 'activateUser']) {
        expectData(await gateway.client.runRaw(`mutation { ${field}(id: "${id}") { id } }`, {}, admin));
      }
    }
    await gateway.mail.waitForMail(invited.email, hasToken);
    const subjects = (await gateway.mail.mails())
      .filter(({ to }) => to.includes(owner.email))
      .map(({ subject }) => subject);
    expect(subjects).toEqual([expect.stringContaining('passkey was added')]);
  });

  it('is invited if an admin removes its last way to sign in', async () => {
    const gateway = await start();
    await registerAndVerify(gateway);
    const [admin, owner] = [await clone(gateway, 'ADMIN'), await clone(gateway, 'CUSTOMER')];
    await addPasskey(gateway, owner.token);
    await openDatabase(gateway)`update users set password_hash = null where id = ${owner.id}`;
    const reset = `mutation { resetUserTwoFactor(id: "${owner.id}") { id } }`;
    expectData(await gateway.client.runRaw(reset, {}, admin));
    const { subject } = await gateway.mail.waitForMail(owner.email, hasToken);
    expect(subject).toMatch(/invited|invitation/i);
  });
});
