import type { Browser } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import {
  cardOf,
  letAuthenticationAge,
  type Owner,
  openAccountPage,
  visitAccount,
} from '../../support/account-page.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { type OpenIdProvider, settingsOf, startOpenIdProvider } from '../../support/openid-provider.js';
import { identitiesOf, linkBy } from '../../support/openid-sign-in.js';
import { originOf } from '../../support/pages.js';
import { NEW_PASSWORD } from '../../support/recovery.js';
import { freePort } from '../../support/wait.js';

describeInBrowser(
  'the linked accounts on the account page',
  () => {
    let gateway: Gateway;
    let browser: Browser;
    let provider: OpenIdProvider;

    beforeAll(async () => {
      const port = await freePort();
      provider = await startOpenIdProvider('acme', {
        gatewayUrl: `http://127.0.0.1:${port}`,
        env: { NAME: 'Acme & <Söhne>' },
      });
      const env = settingsOf(provider);
      [gateway, browser] = await Promise.all([
        startGateway({ listen: true, port, backend: 'postgres', env }),
        launchBrowser(),
      ]);
    });

    const leave = async ({ faults, context }: Owner) => {
      const atProvider = (fault: string) => fault.startsWith(`request to ${provider.issuer}`);
      const atAddress = (fault: string) => fault.startsWith(`request to ${gateway.url}`);
      expect(faults.filter((fault) => !atProvider(fault) && !atAddress(fault))).toEqual([]);
      await context.close();
    };
    const card = ({ page }: Owner) => cardOf(page, 'Linked accounts');
    const link = (owner: Owner) =>
      card(owner).getByRole('button', { name: 'Link an account at Acme & <Söhne>' });

    /** An owner with a linked account at the provider. */
    async function visitLinked(sub: string) {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      provider.people.set(sub, { email: `${sub}@acme.example`, email_verified: true });
      await linkBy(gateway, provider, sub, accessToken);
      const owner = await visitAccount(browser, gateway, { account });
      return { owner, accessToken };
    }

    it('are linked at the provider, after a proof of identity', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account, context } = owner;
      provider.people.set('berta', { email: 'berta@acme.example', email_verified: true });
      await context.setExtraHTTPHeaders({ 'x-person': 'berta' });
      await card(owner).getByText('No account is linked yet.').waitFor();
      await letAuthenticationAge(gateway, account);
      await link(owner).click();
      const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await proof.getByLabel('Password', { exact: true }).fill(account.password);
      await proof.getByRole('button', { name: 'Confirm' }).click();
      // The front end is at the address in this test, so the code of the way back is not for the page that began.
      await page.waitForURL(/\/signed-in\?.*return_to=%2Faccount/);
      expect(new URL(page.url()).searchParams.get('code')).toMatch(/^[\w-]{20,}$/);
      await leave(owner);
    });

    it('are listed with the address at the provider, and unlinked', async () => {
      const { owner, accessToken } = await visitLinked('carla');
      const { page } = owner;
      const item = card(owner).getByRole('listitem');
      await item.getByRole('heading', { name: 'Acme & <Söhne>' }).waitFor();
      await item.getByText('carla@acme.example').waitFor();
      await item.getByText(/^Linked just now/).waitFor();
      await item.getByRole('button', { name: 'Unlink Acme & <Söhne> carla@acme.example' }).click();
      const dialog = page.getByRole('dialog', { name: 'Unlink your account at Acme & <Söhne>?' });
      await dialog.getByRole('button', { name: 'Unlink' }).click();
      await card(owner).getByText('Your account at Acme & <Söhne> is unlinked.').waitFor();
      await card(owner).getByText('No account is linked yet.').waitFor();
      expect((await identitiesOf(gateway, accessToken)).identities).toEqual([]);
      await leave(owner);
    });

    it('are not unlinked if no way to sign in is left, but after a first password', async () => {
      const { owner } = await visitLinked('dora');
      const { page, account } = owner;
      await openDatabase(gateway)`update users set password_hash = null where username = ${account.username}`;
      await openAccountPage(page);
      const unlink = async () => {
        await card(owner)
          .getByRole('button', { name: /^Unlink/ })
          .click();
        await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
      };
      await unlink();
      await page.getByRole('alert').getByText('No way to sign in would be left.').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

      const password = cardOf(page, 'Password');
      await password.getByRole('button', { name: 'Set a password' }).click();
      expect(await password.getByLabel('Current password', { exact: true }).count()).toBe(0);
      await password.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
      await password.getByLabel('New password, again', { exact: true }).fill(NEW_PASSWORD);
      await password.getByRole('button', { name: 'Set the password' }).click();
      await password.getByText('Your password is set.').waitFor();
      await unlink();
      await card(owner).getByText('No account is linked yet.').waitFor();
      await leave(owner);
    });

    it('ask an account without another proof to sign in again before a change', async () => {
      const { owner } = await visitLinked('emil');
      const { page, account } = owner;
      await openDatabase(gateway)`update users set password_hash = null where username = ${account.username}`;
      await letAuthenticationAge(gateway, account);
      await openAccountPage(page);
      await card(owner)
        .getByRole('button', { name: /^Unlink/ })
        .click();
      await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
      const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await proof.getByText('sign out and sign in again').waitFor();
      await proof.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${originOf(gateway)}/sign-in`);
      await leave(owner);
    });

    it('say in words that the provider is not available', async () => {
      const owner = await visitAccount(browser, gateway);
      await owner.page.route('**/graphql', (route) =>
        route.request().postData()?.includes('linkIdentity') === true
          ? route.fulfill({
              json: {
                data: null,
                errors: [
                  {
                    message: 'The service is not available right now. Try again later.',
                    extensions: { code: 'SERVICE_UNAVAILABLE', retryAfter: 5 },
                  },
                ],
              },
            })
          : route.continue(),
      );
      await link(owner).click();
      await card(owner).getByRole('alert').getByText('Try again in 5 seconds.').waitFor();
      expect(owner.page.url()).toBe(`${originOf(gateway)}/account`);
      await leave(owner);
    });

    it('are not on the page of a gateway without providers', async () => {
      const plain = await startGateway({ listen: true });
      const owner = await visitAccount(browser, plain);
      expect(await card(owner).count()).toBe(0);
      expect(await owner.page.getByRole('link', { name: 'Linked accounts' }).count()).toBe(0);
      expect(owner.faults).toEqual([]);
      await owner.context.close();
    });
  },
  'postgres',
);
