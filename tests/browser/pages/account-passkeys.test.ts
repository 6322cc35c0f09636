import type { Browser } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import {
  cardOf,
  letAuthenticationAge,
  type Owner,
  openAccountPage,
  signInBrowser,
  visitAccount,
} from '../../support/account-page.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { expectAccessible, takePicture } from '../../support/pages.js';
import { addPasskey, passkeysOf, remove, signedInByPasskey } from '../../support/passkeys.js';
import { VirtualAuthenticator } from '../../support/virtual-authenticator.js';

describeInBrowser(
  'the passkeys on the account page',
  () => {
    let gateway: Gateway;
    let browser: Browser;

    beforeAll(async () => {
      [gateway, browser] = await Promise.all([
        startGateway({ listen: true, backend: 'postgres' }),
        launchBrowser(),
      ]);
    });

    const leave = async ({ faults, context }: Owner) => {
      expect(faults).toEqual([]);
      await context.close();
    };
    const add = ({ page }: Owner) =>
      cardOf(page, 'Passkeys').getByRole('button', { name: 'Add a passkey' }).click();
    const addDialog = ({ page }: Owner) => page.getByRole('dialog', { name: 'Add a passkey' });
    const confirmAdd = (owner: Owner) =>
      addDialog(owner).getByRole('button', { name: 'Add the passkey' }).click();

    it('are added, renamed and removed, and the owner is mailed', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account } = owner;
      await VirtualAuthenticator.attach(page);
      const card = cardOf(page, 'Passkeys');
      await card.getByText('You have no passkey yet.').waitFor();
      await add(owner);
      const name = addDialog(owner).getByLabel('Name of the passkey');
      expect(await name.inputValue()).toBe('Chrome on Linux');
      await takePicture(page, 'account-passkey-add');
      await confirmAdd(owner);
      await card.getByText('The passkey “Chrome on Linux” is added.').waitFor();
      const item = card.getByRole('listitem');
      await item.getByText('On one device only').waitFor();
      await item.getByText('Added just now, never used').waitFor();
      await gateway.mail.waitForMail(account.email, ({ subject }) => subject.includes('was added'));

      await add(owner);
      expect(await name.inputValue()).toBe('Chrome on Linux 2');
      await confirmAdd(owner);
      await addDialog(owner)
        .getByRole('alert')
        .getByText('This device already has a passkey for your account.')
        .waitFor();
      await page.keyboard.press('Escape');

      await card.getByRole('button', { name: 'Rename Chrome on Linux' }).click();
      const renaming = page.getByRole('dialog', { name: 'Rename the passkey' });
      await renaming.getByLabel('Name of the passkey').fill('حاسوبي <b>');
      await renaming.getByRole('button', { name: 'Rename' }).click();
      await card.getByText('The passkey is called “حاسوبي <b>” now.').waitFor();

      await card.getByRole('button', { name: 'Remove حاسوبي <b>' }).press('Enter');
      const removing = page.getByRole('dialog', { name: 'Remove the passkey?' });
      await removing.getByRole('button', { name: 'Remove the passkey' }).click();
      const done = card.getByText('The passkey “حاسوبي <b>” is removed.');
      await done.waitFor();
      await card.getByText('You have no passkey yet.').waitFor();
      // The button that had the focus is gone.
      await expect
        .poll(() => card.evaluate((element) => element.contains(element.ownerDocument.activeElement)))
        .toBe(true);
      await gateway.mail.waitForMail(account.email, ({ subject }) => subject.includes('was removed'));
      await leave(owner);
    });

    it('need a proof of identity if the sign-in is long ago', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account } = owner;
      await VirtualAuthenticator.attach(page);
      await letAuthenticationAge(gateway, account);
      await add(owner);
      await confirmAdd(owner);
      const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await proof.getByLabel('Password', { exact: true }).fill(account.password);
      await proof.getByRole('button', { name: 'Confirm' }).click();
      await cardOf(page, 'Passkeys').getByText('The passkey “Chrome on Linux” is added.').waitFor();
      await leave(owner);
    });

    it('say that the user has cancelled', async () => {
      const owner = await visitAccount(browser, gateway);
      const device = await VirtualAuthenticator.attach(owner.page);
      await device.setVerified(false);
      await add(owner);
      await confirmAdd(owner);
      await addDialog(owner).getByRole('alert').getByText('No passkey was added').waitFor();
      await device.setVerified(true);
      await confirmAdd(owner);
      await cardOf(owner.page, 'Passkeys').getByText('is added.').waitFor();
      await leave(owner);
    });

    it('say in words that it took too long, and that there are twenty', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account } = owner;
      await VirtualAuthenticator.attach(page);
      await page.route('**/graphql', async (route) => {
        if (route.request().postData()?.includes('finishPasskeyRegistration') === true) {
          await openDatabase(gateway)`delete from one_time_tokens where purpose = 'PASSKEY_REGISTRATION'`;
        }
        await route.continue();
      });
      await add(owner);
      await confirmAdd(owner);
      await addDialog(owner).getByRole('alert').getByText('This took too long. Try again.').waitFor();
      await page.unrouteAll();

      const { accessToken } = await signIn(gateway, account);
      await addPasskey(gateway, accessToken);
      await openDatabase(gateway)`
        insert into passkeys select (jsonb_populate_record(p, jsonb_build_object(
          'id', gen_random_uuid(), 'credential_id', md5(n::text || p.id::text), 'name', 'Passkey ' || n))).*
        from passkeys p, generate_series(1, 19) n
        where user_id = (select id from users where username = ${account.username})`;
      await confirmAdd(owner);
      await addDialog(owner)
        .getByRole('alert')
        .getByText(/^An account can have at most 20 passkeys/)
        .waitFor();
      await leave(owner);
    });

    it('are not removed if no way to sign in is left', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const owner = await visitAccount(browser, gateway, { account });
      await addPasskey(gateway, accessToken, {}, 'The last one');
      await openDatabase(gateway)`update users set password_hash = null where username = ${account.username}`;
      const { page } = owner;
      await openAccountPage(page);
      await cardOf(page, 'Password').getByText('Your account has no password.').waitFor();
      await cardOf(page, 'Passkeys').getByRole('button', { name: 'Remove The last one' }).click();
      const dialog = page.getByRole('dialog', { name: 'Remove the passkey?' });
      await expectAccessible(page);
      await dialog.getByRole('button', { name: 'Remove the passkey' }).click();
      await dialog.getByRole('alert').getByText('No way to sign in would be left.').waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      expect(await passkeysOf(gateway, accessToken)).toHaveLength(1);
      await leave(owner);
    });

    it('say so if another tab has removed one', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const { passkeyId, authenticator } = await addPasskey(gateway, accessToken, {}, 'Gone');
      await signedInByPasskey(gateway, authenticator);
      const owner = await visitAccount(browser, gateway, { account });
      const { page } = owner;
      await cardOf(page, 'Passkeys').getByText('last used just now').waitFor();
      await remove(gateway, accessToken, passkeyId);
      await cardOf(page, 'Passkeys').getByRole('button', { name: 'Remove Gone' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove the passkey' }).click();
      await cardOf(page, 'Passkeys').getByText('You have no passkey yet.').waitFor();
      await leave(owner);
    });

    it('are not offered at an IP address, or by a browser without them, and the page says why', async () => {
      const options = { baseURL: gateway.url };
      const atAddress = await visitAccount(browser, gateway, { options });
      const card = cardOf(atAddress.page, 'Passkeys');
      await card.getByText('Open the page at its usual name').waitFor();
      expect(await card.getByRole('button', { name: 'Add a passkey' }).count()).toBe(0);
      await atAddress.context.close();

      const owner = await visitAccount(browser, gateway);
      await owner.context.addInitScript('delete window.PublicKeyCredential');
      await openAccountPage(owner.page);
      await cardOf(owner.page, 'Passkeys').getByText('This browser cannot make passkeys.').waitFor();
      await leave(owner);
    });

    it('sign in after they were added on the page', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account } = owner;
      const device = await VirtualAuthenticator.attach(page);
      await add(owner);
      await confirmAdd(owner);
      await cardOf(page, 'Passkeys').getByText('is added.').waitFor();
      expect(await device.credentials()).toHaveLength(1);
      await letAuthenticationAge(gateway, account);
      await cardOf(page, 'Passkeys')
        .getByRole('button', { name: /^Remove/ })
        .click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove the passkey' }).click();
      const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await proof.getByRole('button', { name: 'Use a passkey' }).click();
      await cardOf(page, 'Passkeys').getByText('You have no passkey yet.').waitFor();
      await signInBrowser(owner, account);
      await leave(owner);
    });
  },
  'postgres',
);
