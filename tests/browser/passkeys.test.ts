import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { expectCode, expectData } from '../support/client.js';
import { type FrontEnd, startFrontEnd } from '../support/front-end.js';
import type { Backend } from '../support/gateway.js';
import {
  finishRegistration,
  finishSignIn,
  passkeyChallenge,
  passkeysOf,
  reauthenticate,
  registrationOf,
  remove,
  rename,
  secondStepBy,
  signInCeremony,
  startReauthentication,
} from '../support/passkeys.js';
import { decode } from '../support/tokens.js';
import { Authenticator, enable, setUp } from '../support/totp.js';
import { VirtualAuthenticator } from '../support/virtual-authenticator.js';

for (const backend of ['pglite', 'postgres'] satisfies Backend[]) {
  describeInBrowser(
    `a passkey in a browser [${backend}]`,
    () => {
      let frontEnd: FrontEnd;
      let browser: Browser;
      let context: BrowserContext;
      let page: Page;
      let device: VirtualAuthenticator;
      let account: Account;
      let token: string;

      beforeAll(async () => {
        [frontEnd, browser] = await Promise.all([startFrontEnd({}, backend), launchBrowser()]);
      });
      beforeEach(async () => {
        account = await registerAndVerify(frontEnd.gateway);
        token = (await signIn(frontEnd.gateway, account)).accessToken;
        context = await browser.newContext();
        page = await context.newPage();
        await page.goto(frontEnd.origin);
        device = await VirtualAuthenticator.attach(page);
      });
      afterEach(() => context.close());

      const register = async (name?: string) => {
        const { gateway } = frontEnd;
        const ceremony = await registrationOf(gateway, token);
        const input = { challengeToken: ceremony.challengeToken, credential: await device.create(ceremony) };
        const finished = await finishRegistration(gateway, token, { ...input, ...(name && { name }) });
        return expectData(finished).finishPasskeyRegistration;
      };
      const signInByBrowser = async () => {
        const ceremony = await signInCeremony(frontEnd.gateway);
        const { challengeToken } = ceremony;
        return finishSignIn(frontEnd.gateway, { challengeToken, credential: await device.get(ceremony) });
      };

      it('is registered, signs in without a username, is renamed and removed', async () => {
        const { gateway } = frontEnd;
        const passkey = await register();
        expect(passkey).toMatchObject({ name: 'Passkey', backedUp: false, lastUsedAt: null });
        await gateway.mail.waitForMail(account.email, ({ subject }) => subject.includes('was added'));

        const signedIn = expectData(await signInByBrowser()).finishPasskeySignIn;
        expect(signedIn.user.email).toBe(account.email);
        expect(decode(signedIn.accessToken).claims.amr).toEqual(['pop', 'mfa']);
        const [used] = await passkeysOf(gateway, signedIn.accessToken);
        expect(Date.parse(used?.lastUsedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(passkey.createdAt));

        const renamed = expectData(await rename(gateway, token, passkey.id, ' Laptop '));
        expect(renamed.renamePasskey.name).toBe('Laptop');
        expectData(await remove(gateway, token, passkey.id));
        await gateway.mail.waitForMail(account.email, ({ subject }) => subject.includes('was removed'));
        expect(await passkeysOf(gateway, token)).toEqual([]);
        expectCode(await signInByBrowser(), 'INVALID_CREDENTIALS');
      });

      it('is offered to its site only, with user verification, and is not registered twice', async () => {
        const ceremony = await registrationOf(frontEnd.gateway, token);
        expect(JSON.parse(ceremony.options)).toMatchObject({
          rp: { id: 'localhost', name: 'Gatehouse' },
          user: { name: account.username, displayName: account.username },
          attestation: 'none',
          authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
          excludeCredentials: [],
          timeout: 300_000,
        });
        await register();
        expect(await device.credentials()).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }]);
        expect(await device.create(await registrationOf(frontEnd.gateway, token))).toBe('InvalidStateError');

        await page.goto(frontEnd.origin.replace('localhost', '127.0.0.1'));
        expect(await device.get(await signInCeremony(frontEnd.gateway))).toBe('SecurityError');
      });

      it('is not used if the user cannot be verified', async () => {
        await register();
        await device.setVerified(false);
        expect(await device.get(await signInCeremony(frontEnd.gateway))).toBe('NotAllowedError');
      });

      it('stands in for the code of the second factor, and signs in alone where TOTP is on', async () => {
        const { gateway } = frontEnd;
        const setup = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
        const totp = new Authenticator(setup.secretKey, gateway);
        expectData(await enable(gateway, token, await totp.freshCode()));
        expect((await passkeyChallenge(gateway, account)).methods).toEqual(['TOTP', 'RECOVERY_CODE']);
        await register();
        const challenge = await passkeyChallenge(gateway, account);
        expect(challenge.methods).toEqual(['TOTP', 'RECOVERY_CODE', 'PASSKEY']);
        const verified = await secondStepBy(gateway, challenge.challengeToken, await device.get(challenge));
        expect(decode(expectData(verified).verifyTwoFactor.accessToken).claims.amr).toEqual(['pop', 'mfa']);
        const alone = expectData(await signInByBrowser()).finishPasskeySignIn;
        expect(decode(alone.accessToken).claims.amr).toEqual(['pop', 'mfa']);
      });

      it('authenticates again', async () => {
        const { gateway } = frontEnd;
        await register('Laptop');
        const ceremony = expectData(await startReauthentication(gateway, token)).startPasskeyReauthentication;
        expect(JSON.parse(ceremony.options).allowCredentials).toHaveLength(1);
        const { challengeToken } = ceremony;
        const answer = await reauthenticate(gateway, token, {
          challengeToken,
          credential: await device.get(ceremony),
        });
        const { accessToken } = expectData(answer).reauthenticate;
        const [before, after] = [decode(token).claims, decode(accessToken).claims];
        expect(after).toMatchObject({ sid: before.sid, amr: ['pop', 'mfa'] });
      });
    },
    backend,
  );
}
