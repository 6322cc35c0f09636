import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import {
  cardOf,
  keptBy,
  letAuthenticationAge,
  type Owner,
  openAccountPage,
  visitAccount,
} from '../../support/account-page.js';
import { login, registerAndVerify, signedInBy, signIn } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { expectAccessible, expectFits, takePicture, VIEWS } from '../../support/pages.js';
import {
  Authenticator,
  challenge,
  disable,
  enable,
  readQrCode,
  secondStep,
  setUp,
  wrong,
} from '../../support/totp.js';

const TITLE = 'Two-factor authentication';

describeInBrowser(
  'the second factor on the account page',
  () => {
    let gateway: Gateway;
    let browser: Browser;

    beforeAll(async () => {
      [gateway, browser] = await Promise.all([
        startGateway({ listen: true, backend: 'postgres', env: { BRAND_NAME: 'Ünder & Söhne' } }),
        launchBrowser(),
      ]);
    });

    const leave = async ({ faults, context }: Owner) => {
      expect(faults).toEqual([]);
      await context.close();
    };
    const setupDialog = (page: Page) =>
      page.getByRole('dialog', { name: 'Set up two-factor authentication' });

    async function startSetup(page: Page) {
      await cardOf(page, TITLE).getByRole('button', { name: 'Set up' }).click();
      const dialog = setupDialog(page);
      await dialog.waitFor();
      const qrCode = await dialog.getByRole('img', { name: /^QR code/ }).getAttribute('src');
      const uri = new URL(readQrCode(qrCode ?? ''));
      const secret = uri.searchParams.get('secret') ?? '';
      const codes = await dialog
        .getByRole('list', { name: 'Recovery codes' })
        .locator('li')
        .allTextContents();
      return { dialog, secret, codes, app: new Authenticator(secret, gateway) };
    }

    /** The page of somebody whose second factor is on. */
    async function visitProtected() {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const { secretKey, recoveryCodes } = expectData(
        await setUp(gateway, accessToken, account.password),
      ).setupTwoFactor;
      const owner = await visitAccount(browser, gateway, { account });
      const app = new Authenticator(secretKey, gateway);
      expectData(await enable(gateway, accessToken, await app.freshCode()));
      await openAccountPage(owner.page);
      return { owner, app, recoveryCodes };
    }

    it.each(VIEWS)('shows the setup in $name, accessible and not too wide', async ({ name, options }) => {
      const owner = await visitAccount(browser, gateway, { options });
      await startSetup(owner.page);
      await expectFits(owner.page);
      await expectAccessible(owner.page);
      await takePicture(owner.page, `account-two-factor-setup ${name}`);
      await leave(owner);
    });

    it('is set up, and then needed to sign in', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account } = owner;
      const { dialog, secret, codes, app } = await startSetup(page);
      expect(new Set(codes).size).toBe(10);
      await dialog.getByText(secret.match(/.{1,4}/g)?.join(' ') ?? '', { exact: true }).waitFor();
      const code = await app.freshCode();
      await dialog.getByLabel('Code', { exact: true }).fill(wrong(code));
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      await dialog.getByText('The code is wrong, or was already used.').waitFor();
      await dialog.getByLabel('Code', { exact: true }).fill(` ${code.slice(0, 3)} ${code.slice(3)} `);
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      await cardOf(page, TITLE).getByText('Two-factor authentication is on.').waitFor();
      await cardOf(page, TITLE).getByText('It is on.').waitFor();
      await gateway.mail.waitForMail(account.email, ({ subject }) => /two-factor/i.test(subject));

      const { challengeToken, methods } = await challenge(gateway, account);
      expect(methods).toEqual(['TOTP', 'RECOVERY_CODE']);
      expectData(await secondStep(gateway, challengeToken, codes[3] ?? ''));
      const kept = await keptBy(page);
      for (const text of [secret, ...codes]) expect(kept).not.toContain(text);
      await leave(owner);
    });

    it('changes nothing if the setup is left, and is not left by accident', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account } = owner;
      const { dialog } = await startSetup(page);
      await page.keyboard.press('Escape');
      await page.mouse.click(2, 2);
      expect(await dialog.isVisible()).toBe(true);
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.waitFor({ state: 'hidden' });
      await cardOf(page, TITLE).getByText('It is off.').waitFor();
      signedInBy(await login(gateway, account));
      await leave(owner);
    });

    it('says in words that the setup has expired or was made elsewhere', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account } = owner;
      const { dialog, app } = await startSetup(page);
      await openDatabase(gateway)`
        update two_factors set expires_at = now() - interval '1 minute'
        where user_id = (select id from users where username = ${account.username})`;
      await dialog.getByLabel('Code', { exact: true }).fill(await app.freshCode());
      await dialog.getByRole('button', { name: 'Turn on' }).click();
      await dialog.getByRole('alert').getByText('This setup has expired.').waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click();

      const { accessToken } = await signIn(gateway, account);
      const { secretKey } = expectData(await setUp(gateway, accessToken, account.password)).setupTwoFactor;
      expectData(await enable(gateway, accessToken, await new Authenticator(secretKey, gateway).freshCode()));
      await cardOf(page, TITLE).getByRole('button', { name: 'Set up' }).click();
      await cardOf(page, TITLE).getByText('It is on.').waitFor();
      await leave(owner);
    });

    it('gives the recovery codes as a copy, a file and a print, each with nothing else', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account, context } = owner;
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const { dialog, codes, secret } = await startSetup(page);

      await dialog.getByRole('button', { name: 'Copy the codes' }).click();
      await dialog.getByText('Copied').waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(codes.join('\n'));
      await dialog.getByRole('button', { name: 'Copy the key' }).click();
      await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(secret);

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        dialog.getByRole('button', { name: 'Download' }).click(),
      ]);
      expect(download.suggestedFilename()).toBe('ünder-söhne-recovery-codes.txt');
      const file = await readFile(await download.path(), 'utf8');
      expect(file).toContain('Ünder & Söhne: recovery codes');
      expect(file).toContain(`Account: ${account.username}`);
      expect(file.split('\n')).toEqual(expect.arrayContaining(codes));
      expect(file).not.toContain(secret);

      await page.emulateMedia({ media: 'print' });
      const printed = await page.evaluate<string>('document.body.innerText');
      for (const text of [...codes, 'Ünder & Söhne: recovery codes', `Account: ${account.username}`]) {
        expect(printed).toContain(text);
      }
      expect(printed).not.toMatch(/Set up|Profile|Turn on/);
      expect(printed).not.toContain(secret.slice(0, 4));
      await takePicture(page, 'account-recovery-codes print');
      await page.emulateMedia({ media: null });
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await page.emulateMedia({ media: 'print' });
      expect(await page.evaluate<string>('document.body.innerText')).toContain('Profile');
      await leave(owner);
    });

    it('says so if the browser does not let the page copy', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page } = owner;
      const { dialog } = await startSetup(page);
      await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error())');
      await dialog.getByRole('button', { name: 'Copy the codes' }).click();
      await dialog.getByText('The browser does not let this page copy.').waitFor();
      await leave(owner);
    });

    it('is turned off with a recovery code if the phone is lost', async () => {
      const { owner, recoveryCodes } = await visitProtected();
      const { page, account } = owner;
      const card = cardOf(page, TITLE);
      await card.getByRole('button', { name: 'Turn off' }).click();
      const dialog = page.getByRole('dialog', { name: 'Turn off two-factor authentication?' });
      await dialog.getByLabel('Code', { exact: true }).fill('000-000');
      await dialog.getByRole('button', { name: 'Turn off' }).click();
      await dialog.getByText('The code is wrong, or was already used.').waitFor();
      await expectAccessible(page);
      await dialog.getByLabel('Code', { exact: true }).fill(recoveryCodes[0] ?? '');
      await dialog.getByRole('button', { name: 'Turn off' }).click();
      await card.getByText('Two-factor authentication is off.').waitFor();
      signedInBy(await login(gateway, account));
      await leave(owner);
    });

    it('asks for the password and not for a second code if the sign-in is long ago', async () => {
      const { owner, app } = await visitProtected();
      const { page, account } = owner;
      await letAuthenticationAge(gateway, account);
      await cardOf(page, TITLE).getByRole('button', { name: 'Turn off' }).click();
      const dialog = page.getByRole('dialog', { name: 'Turn off two-factor authentication?' });
      await dialog.getByLabel('Code', { exact: true }).fill(await app.freshCode());
      await dialog.getByRole('button', { name: 'Turn off' }).click();
      await dialog.getByText('You signed in a while ago').waitFor();
      await dialog.getByLabel('Password', { exact: true }).fill('not the password');
      await dialog.getByRole('button', { name: 'Turn off' }).click();
      await dialog.getByText('The password is wrong.').waitFor();
      await dialog.getByLabel('Password', { exact: true }).fill(account.password);
      await dialog.getByRole('button', { name: 'Turn off' }).click();
      await cardOf(page, TITLE).getByText('Two-factor authentication is off.').waitFor();
      await leave(owner);
    });

    it('gets new recovery codes, which no key and no press outside takes away', async () => {
      const { owner, app, recoveryCodes } = await visitProtected();
      const { page, account } = owner;
      await cardOf(page, TITLE).getByRole('button', { name: 'Make new recovery codes' }).press('Enter');
      await page.keyboard.type(await app.freshCode());
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Your new recovery codes' });
      await dialog.waitFor();
      const codes = await dialog
        .getByRole('list', { name: 'Recovery codes' })
        .locator('li')
        .allTextContents();
      expect(codes).toHaveLength(10);
      await takePicture(page, 'account-recovery-codes');
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await page.mouse.click(2, 2);
      expect(await dialog.isVisible()).toBe(true);
      const asked = page.waitForEvent('dialog');
      void page.close({ runBeforeUnload: true });
      const question = await asked;
      expect(question.type()).toBe('beforeunload');
      await question.dismiss();
      await dialog.getByRole('button', { name: 'I have saved the codes' }).click();
      await dialog.waitFor({ state: 'hidden' });
      expect(await page.content()).not.toContain(codes[0]);
      const kept = await keptBy(page);
      for (const code of codes) expect(kept).not.toContain(code);

      const { challengeToken } = await challenge(gateway, account);
      expectCode(
        await secondStep(gateway, challengeToken, recoveryCodes[0] ?? ''),
        'INVALID_TWO_FACTOR_CODE',
      );
      expectData(await secondStep(gateway, challengeToken, codes[0] ?? ''));
      await leave(owner);
    });

    it('says in words that another tab has turned it off meanwhile', async () => {
      const { owner, app, recoveryCodes } = await visitProtected();
      const { page, account } = owner;
      await cardOf(page, TITLE).getByRole('button', { name: 'Turn off' }).click();
      const { challengeToken } = await challenge(gateway, account);
      const other = expectData(
        await secondStep(gateway, challengeToken, await app.freshCode()),
      ).verifyTwoFactor;
      expectData(await disable(gateway, other.accessToken, account.password, recoveryCodes[1] ?? ''));
      const dialog = page.getByRole('dialog', { name: 'Turn off two-factor authentication?' });
      await dialog.getByLabel('Code', { exact: true }).fill(recoveryCodes[2] ?? '');
      await dialog.getByRole('button', { name: 'Turn off' }).click();
      await dialog.getByRole('alert').getByText('it was turned off meanwhile').waitFor();
      await leave(owner);
    });
  },
  'postgres',
);
