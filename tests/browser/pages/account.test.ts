import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cardOf,
  keptBy,
  letAuthenticationAge,
  type Owner,
  openAccountPage,
  refuse,
  signInBrowser,
  slowDown,
  visitAccount,
} from '../../support/account-page.js';
import { login, registerAndVerify, signedInBy } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { expectCode } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { hasToken, mailsTo, tokenIn } from '../../support/mailbox.js';
import { inspect, originOf, VIEWS, visit } from '../../support/pages.js';
import { NEW_PASSWORD, tellsOfNewPassword, verifyBy } from '../../support/recovery.js';

const HOUR_MS = 3_600_000;

describeInBrowser(
  'the account page',
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
    const setRole = (username: string, role: string) =>
      openDatabase(gateway)`update users set role = ${role} where username = ${username}`;

    describe.each(VIEWS)('of a new account, in $name', ({ name, options }) => {
      it('is accessible and fits the window', async () => {
        const owner = await visitAccount(browser, gateway, { options });
        await inspect(owner.page, `account ${name}`);
        await leave(owner);
      });
    });

    it('links to the console for staff, and not for customers', async () => {
      const customer = await visitAccount(browser, gateway);
      expect(await customer.page.getByRole('link', { name: 'Console' }).count()).toBe(0);
      await leave(customer);
      const account = await registerAndVerify(gateway);
      await setRole(account.username, 'STAFF');
      const staff = await visitAccount(browser, gateway, { account });
      await staff.page.getByRole('link', { name: 'Console' }).waitFor();
      await leave(staff);
    });

    describe('the profile', () => {
      it('changes both names, shows them in the header, and works by the keyboard alone', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, account } = owner;
        const card = cardOf(page, 'Profile');
        await card.getByLabel('Username').focus();
        await page.keyboard.press('Control+A');
        await page.keyboard.type(`${account.username}-2`);
        await page.keyboard.press('Tab');
        await page.keyboard.type('شهرزاد <img src=x onerror=alert(1)>');
        await page.keyboard.press('Enter');
        await card.getByText('Your names are saved.').waitFor();
        await page.getByRole('banner').getByText('شهرزاد <img src=x onerror=alert(1)>').waitFor();
        signedInBy(await login(gateway, { ...account, username: `${account.username}-2` }));
        await leave(owner);
      });

      it('says beside the field that a username is taken or not valid, and keeps what was typed', async () => {
        const [owner, other] = await Promise.all([
          visitAccount(browser, gateway),
          registerAndVerify(gateway),
        ]);
        const card = cardOf(owner.page, 'Profile');
        const field = card.getByLabel('Username');
        await field.fill(other.username.toUpperCase());
        await card.getByRole('button', { name: 'Save the names' }).click();
        await card.getByText('The username is taken. Choose another one.').waitFor();
        expect(await field.getAttribute('aria-invalid')).toBe('true');
        expect(await field.inputValue()).toBe(other.username.toUpperCase());
        await expect
          .poll(() => field.evaluate((input) => input === input.ownerDocument.activeElement))
          .toBe(true);
        await field.fill('no spaces here');
        await card.getByRole('button', { name: 'Save the names' }).click();
        await expect.poll(() => card.getByText('The username is taken').count()).toBe(0);
        await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
        await leave(owner);
      });

      it('follows a change in another tab, without losing what is being typed', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, context } = owner;
        const card = cardOf(page, 'Profile');
        await card.getByLabel('Username').fill('half-typed');
        const second = await context.newPage();
        await openAccountPage(second);
        await cardOf(second, 'Profile').getByLabel('Display name').fill('From the other tab');
        await cardOf(second, 'Profile').getByRole('button', { name: 'Save the names' }).click();
        await cardOf(second, 'Profile').getByText('Your names are saved.').waitFor();
        await page.bringToFront();
        await expect
          .poll(
            async () => {
              // A headless browser does not tell the page that it is visible again.
              await page.evaluate("dispatchEvent(new Event('visibilitychange'))");
              return card.getByLabel('Display name').inputValue();
            },
            { timeout: 15_000, interval: 500 },
          )
          .toBe('From the other tab');
        expect(await card.getByLabel('Username').inputValue()).toBe('half-typed');
        await leave(owner);
      });

      it('is saved once while the gateway is slow', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page } = owner;
        const card = cardOf(page, 'Profile');
        await slowDown(page, 2000);
        let sent = 0;
        page.on('request', (request) => {
          if (request.postData()?.includes('mutation') === true) sent += 1;
        });
        await card.getByLabel('Display name').fill('Slow');
        const save = card.getByRole('button', { name: 'Save the names' });
        await save.click();
        await save.click({ force: true });
        await card.getByLabel('Display name').press('Enter');
        await card.getByText('Your names are saved.').waitFor();
        expect(sent).toBe(1);
        await leave(owner);
      });

      it.each([
        [
          'RATE_LIMITED',
          { retryAfter: 42 },
          'Too many requests. Try again later.',
          'Try again in 42 seconds.',
        ],
        ['SERVICE_UNAVAILABLE', {}, 'The service is not available right now.', 'not available right now'],
        ['INTERNAL_SERVER_ERROR', { requestId: 'r-1' }, 'Internal', 'Report this code'],
      ])('says in words that the gateway answers %s', async (code, extensions, message, words) => {
        const owner = await visitAccount(browser, gateway);
        const { page } = owner;
        const card = cardOf(page, 'Profile');
        await refuse(page, code, extensions, message);
        await card.getByLabel('Display name').fill('Kept');
        await card.getByRole('button', { name: 'Save the names' }).click();
        await card.getByRole('alert').getByText(words).waitFor();
        expect(await card.getByLabel('Display name').inputValue()).toBe('Kept');
        await leave(owner);
      });

      it('says so if there is no network, and works again with it', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, context } = owner;
        const card = cardOf(page, 'Profile');
        await card.getByLabel('Display name').fill('Typed offline');
        await context.setOffline(true);
        await card.getByRole('button', { name: 'Save the names' }).click();
        await card.getByRole('alert').waitFor();
        await context.setOffline(false);
        await card.getByRole('button', { name: 'Save the names' }).click();
        await card.getByText('Your names are saved.').waitFor();
        await page.getByRole('banner').getByText('Typed offline').waitFor();
        await leave(owner);
      });
    });

    describe('the email address', () => {
      it('changes when the link in the mail to the new address is opened', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, account } = owner;
        const card = cardOf(page, 'Email address');
        const newEmail = `new-${account.email}`;
        await card.getByRole('button', { name: 'Change the address' }).click();
        await card.getByLabel('New email address').fill(newEmail);
        await card.getByRole('button', { name: 'Mail the link' }).click();
        await card.getByText(`Open the link in the mail to ${newEmail}`).waitFor();
        await card.getByText(account.email, { exact: true }).waitFor();
        await gateway.mail.waitForMail(account.email, ({ text }) => text.includes(newEmail));
        const mail = await gateway.mail.waitForMail(newEmail, hasToken);
        await verifyBy(gateway, tokenIn(mail));
        await page.reload();
        await card.getByText(newEmail, { exact: true }).waitFor();
        await leave(owner);
      });

      it('says beside the field what is wrong with an address, and gives the focus back on Cancel', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, account } = owner;
        const card = cardOf(page, 'Email address');
        const change = card.getByRole('button', { name: 'Change the address' });
        await change.press('Enter');
        await page.keyboard.type(account.email);
        await page.keyboard.press('Enter');
        await card.getByText('Is the address of the account already.').waitFor();
        await card.getByRole('button', { name: 'Cancel' }).press('Enter');
        await change.waitFor();
        expect(await change.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true);
        expect(mailsTo(await gateway.mail.mails(), account.email).filter(hasToken)).toHaveLength(1);
        await leave(owner);
      });

      it('asks for the password first if the sign-in is long ago, and then goes on', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, account } = owner;
        await letAuthenticationAge(gateway, account);
        const card = cardOf(page, 'Email address');
        await card.getByRole('button', { name: 'Change the address' }).click();
        await card.getByLabel('New email address').fill(`later-${account.email}`);
        await card.getByRole('button', { name: 'Mail the link' }).click();
        const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        await card.getByRole('alert').getByText('Confirm that it is you, then try again.').waitFor();
        expect(await card.getByLabel('New email address').inputValue()).toBe(`later-${account.email}`);
        await card.getByRole('button', { name: 'Mail the link' }).click();
        await dialog.getByLabel('Password', { exact: true }).fill(account.password);
        await dialog.getByRole('button', { name: 'Confirm' }).click();
        await card.getByText(`Open the link in the mail to later-${account.email}`).waitFor();
        await leave(owner);
      });
    });

    describe('the password', () => {
      it('is changed, which signs out all other devices', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, account } = owner;
        const other = await visitAccount(browser, gateway, { account });
        const card = cardOf(page, 'Password');
        await card.getByRole('button', { name: 'Change the password' }).click();
        const tokens = await card
          .locator('input')
          .evaluateAll((inputs) =>
            inputs.map((input) => [input.getAttribute('name'), input.getAttribute('autocomplete')]),
          );
        expect(tokens).toEqual([
          ['username', 'username'],
          ['currentPassword', 'current-password'],
          ['newPassword', 'new-password'],
          ['confirmPassword', 'new-password'],
        ]);
        expect(await card.locator('input[name=username]').inputValue()).toBe(account.username);
        await card.getByLabel('Current password', { exact: true }).fill('not the password');
        await card.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
        await card.getByLabel('New password, again', { exact: true }).fill(NEW_PASSWORD);
        await card.getByRole('button', { name: 'Change the password' }).click();
        await card.getByText('The password is wrong.').waitFor();
        await card.getByLabel('Current password', { exact: true }).fill(account.password);
        await card.getByRole('button', { name: 'Change the password' }).click();
        await card.getByText('Your password is changed. All other devices are signed out.').waitFor();
        await gateway.mail.waitForMail(account.email, tellsOfNewPassword);
        signedInBy(await login(gateway, { ...account, password: NEW_PASSWORD }));
        expectCode(await login(gateway, account), 'INVALID_CREDENTIALS');
        await other.page.waitForURL(/\/sign-in\?.*ended=revoked/);
        const kept = await keptBy(page);
        expect(kept).not.toContain(NEW_PASSWORD);
        await leave(other);
        await leave(owner);
      });

      it('says beside the fields that a password is weak or typed differently', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, account } = owner;
        const card = cardOf(page, 'Password');
        const submit = card.getByRole('button', { name: 'Change the password' });
        await submit.click();
        await card.getByLabel('Current password', { exact: true }).fill(account.password);
        await card.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
        await card.getByLabel('New password, again', { exact: true }).fill('something else 99');
        await submit.click();
        const again = card.getByLabel('New password, again', { exact: true });
        await expect.poll(() => again.getAttribute('aria-invalid')).toBe('true');
        await card.getByLabel('New password', { exact: true }).fill('aaaaaaaaaaaaaa');
        await again.fill('aaaaaaaaaaaaaa');
        await submit.click();
        await expect
          .poll(() => card.getByLabel('New password', { exact: true }).getAttribute('aria-invalid'))
          .toBe('true');
        await leave(owner);
      });
    });

    it('says in words that an operation was run too often', async () => {
      const strict = await startGateway({
        listen: true,
        backend: 'postgres',
        env: { RATE_LIMIT_ENABLED: 'true' },
      });
      const owner = await visitAccount(browser, strict);
      const { page } = owner;
      const card = cardOf(page, 'Email address');
      for (const n of [1, 2, 3, 4]) {
        await card.getByRole('button', { name: 'Change the address' }).click();
        await card.getByLabel('New email address').fill(`n${n}-${owner.account.email}`);
        await card.getByRole('button', { name: 'Mail the link' }).click();
        if (n < 4) await card.getByText(`Open the link in the mail to n${n}-`).waitFor();
      }
      await card
        .getByRole('alert')
        .getByText(/^Too many requests\. Try again in \d+ minutes\.$/)
        .waitFor();
      await leave(owner);
    });

    describe('the end of the session', () => {
      it('leads to the sign-in page if another tab signs out', async () => {
        const owner = await visitAccount(browser, gateway);
        const second = await owner.context.newPage();
        await openAccountPage(second);
        await second.getByRole('button', { name: 'Sign out', exact: true }).click();
        await Promise.all([
          owner.page.waitForURL(`${originOf(gateway)}/sign-in`),
          second.waitForURL(`${originOf(gateway)}/sign-in`),
        ]);
        await leave(owner);
      });

      it('leads to the sign-in page and back if the session has expired under an open form', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page, account } = owner;
        // Without the socket that tells the page at once.
        await page.routeWebSocket('**/graphql', () => {});
        await openAccountPage(page);
        await openDatabase(gateway)`
          delete from sessions where user_id = (select id from users where username = ${account.username})`;
        await cardOf(page, 'Profile').getByLabel('Display name').fill('Too late');
        await cardOf(page, 'Profile').getByRole('button', { name: 'Save the names' }).click();
        await page.waitForURL(/\/sign-in\?return_to=%2Faccount&ended=/);
        await signInBrowser(owner, account);
        await openAccountPage(page);
        await leave(owner);
      });
    });

    describe('the data', () => {
      /** Answers the queries that contain this text with an error, as long as it is told to. */
      const failing = async ({ page }: Owner, text: string) => {
        let fails = true;
        await page.route('**/graphql', (route) =>
          fails && route.request().postData()?.includes(text) === true ? route.abort() : route.continue(),
        );
        return () => {
          fails = false;
        };
      };

      it('is asked for again if it could not be loaded', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page } = owner;
        const mend = await failing(owner, 'query Account');
        await page.reload();
        await page.getByRole('alert').waitFor({ timeout: 60_000 });
        expect(await page.locator('h1').textContent()).toBe('Your account');
        mend();
        await page.getByRole('button', { name: 'Try again' }).click();
        await cardOf(page, 'Profile').waitFor();
        // React reports what the page has shown.
        expect(owner.faults.filter((fault) => !fault.startsWith('AuthError'))).toEqual([]);
        await owner.context.close();
      });

      it('is shown without the activity if only that could not be loaded', async () => {
        const owner = await visitAccount(browser, gateway);
        const { page } = owner;
        const mend = await failing(owner, 'query Activity');
        await page.reload();
        const card = cardOf(page, 'Recent activity');
        await card.getByRole('alert').waitFor({ timeout: 60_000 });
        expect(await cardOf(page, 'Profile').getByLabel('Username').inputValue()).toBe(
          owner.account.username,
        );
        mend();
        await card.getByRole('button', { name: 'Try again' }).click();
        await card.getByText('Account registered').waitFor();
        await leave(owner);
      });
    });

    it('shows nothing of its user to another one who signs in meanwhile', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, account, context } = owner;
      const username = cardOf(page, 'Profile').getByLabel('Username');
      expect(await username.inputValue()).toBe(account.username);
      // Another front end of the same site replaces the cookie, and tells the page nothing.
      const other = await registerAndVerify(gateway);
      await signInBrowser(owner, other);
      await gateway.clock.reach(gateway.clock.now() + HOUR_MS);
      await openAccountPage(await context.newPage());
      await expect.poll(() => username.inputValue(), { timeout: 15_000 }).toBe(other.username);
      expect(await page.getByText(account.username).count()).toBe(0);
      await leave(owner);
    });

    it('leads who is not signed in to the sign-in page, and shows nothing before', async () => {
      const { page, faults, context } = await visit(browser, gateway);
      await page.goto('/account');
      await page.waitForURL(/\/sign-in\?return_to=%2Faccount$/);
      expect(faults).toEqual([]);
      await context.close();
    });
  },
  'postgres',
);
