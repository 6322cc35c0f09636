import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { letAuthenticationAge } from '../../support/account-page.js';
import { login, signedInBy, someone } from '../../support/accounts.js';
import { invited, member, redeem, type SignedInUser } from '../../support/administration.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { expectData } from '../../support/client.js';
import { leave, refuse, slowDown, startConsole, visitConsole } from '../../support/console-page.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { hasToken, tokenIn } from '../../support/mailbox.js';
import { inspect, VIEWS } from '../../support/pages.js';

describeInBrowser(
  'the invitation',
  () => {
    let gateway: Gateway;
    let admin: SignedInUser;
    let staff: SignedInUser;
    let browser: Browser;

    beforeAll(async () => {
      [{ gateway, admin }, browser] = await Promise.all([startConsole(), launchBrowser()]);
      staff = await member(gateway, admin, 'STAFF');
    });

    const open = (options = {}) => visitConsole(browser, gateway, admin, '/console/invite', options);
    const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
    const fillIn = async (page: Page, { username, email }: { username: string; email: string }) => {
      await field(page, 'Email address').fill(email);
      await field(page, 'Username').fill(username);
    };
    const send = (page: Page) => page.getByRole('button', { name: 'Send the invitation' }).click();

    describe.each(VIEWS)('in $name', ({ name, options }) => {
      it('is accessible and fits the window', async () => {
        const visitor = await open(options);
        const { page } = visitor;
        await page.getByRole('heading', { name: 'A new person' }).waitFor();
        await inspect(page, `invite ${name}`);
        await fillIn(page, {
          username: `long-${name}`,
          email: `${'l'.repeat(60)}@${'sub.'.repeat(30)}${name}.com`,
        });
        await send(page);
        await page.getByText('The invitation was mailed').waitFor();
        await inspect(page, `invite sent ${name}`);
        await leave(visitor);
      });
    });

    it('mails an invitation that works, links to the person, and invites another', async () => {
      const person = someone();
      const visitor = await open();
      const { page } = visitor;
      await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('email');
      await page.keyboard.type(person.email);
      await page.keyboard.press('Tab');
      await page.keyboard.type(person.username);
      await page.keyboard.press('Tab');
      await page.keyboard.type('Ада <b>Лавлейс</b>');
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText('The invitation was mailed').waitFor();
      const mail = await gateway.mail.waitForMail(person.email, hasToken);
      expectData(await redeem(gateway, tokenIn(mail), person.password));
      signedInBy(await login(gateway, person));

      await page.getByRole('button', { name: 'Invite another person' }).click();
      expect(await field(page, 'Username').inputValue()).toBe('');
      await fillIn(page, someone());
      await send(page);
      await page.getByText('The invitation was mailed').waitFor();
      await page.goBack();
      await visitor.page.goto('/console/people?sort=created');
      await page.getByRole('link', { name: person.username }).click();
      await page.getByRole('heading', { name: 'Ада <b>Лавлейс</b>', level: 1 }).waitFor();
      await leave(visitor);
    });

    it('says beside the field that a username or an address is taken or not valid, and keeps the rest', async () => {
      const [other, person] = [await invited(gateway, admin), someone()];
      const visitor = await open();
      const { page } = visitor;
      await field(page, 'Name').fill('Scheherazade');
      await fillIn(page, { ...person, username: 'a b' });
      await send(page);
      await page.getByText('Must be 3 to 32 letters, digits, "_", "-" or ".".').waitFor();
      await field(page, 'Username').fill(other.username);
      await send(page);
      await page.getByText('The username is taken. Choose another one.').waitFor();
      expect(await page.evaluate('document.activeElement.name')).toBe('username');
      await fillIn(page, { ...person, email: other.email });
      await send(page);
      await page.getByText('The email address is taken.').waitFor();
      expect(await field(page, 'Email address').getAttribute('aria-invalid')).toBe('true');
      expect(await field(page, 'Name').inputValue()).toBe('Scheherazade');
      await field(page, 'Email address').fill(person.email);
      await send(page);
      await page.getByRole('status').getByRole('link', { name: person.username }).click();
      await page.getByText(/Has not accepted the invitation yet/).waitFor();
      await leave(visitor);
    });

    it('asks for a recent sign-in before it invites staff, and goes on', async () => {
      const person = someone();
      const visitor = await open();
      const { page } = visitor;
      await fillIn(page, person);
      await field(page, 'Role').selectOption('Staff');
      await letAuthenticationAge(gateway, admin);
      await send(page);
      const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await proof.getByLabel('Password', { exact: true }).fill(admin.password);
      await proof.getByRole('button', { name: 'Confirm' }).click();
      await page.getByText('The invitation was mailed').waitFor();
      const [row] = await openDatabase(gateway)`select role from users where username = ${person.username}`;
      expect(row?.role).toBe('STAFF');
      await leave(visitor);
    });

    it('sends a slow invitation once, and says what is wrong without losing what was typed', async () => {
      const person = someone();
      const visitor = await open();
      const { page, asked, context } = visitor;
      await fillIn(page, person);
      await refuse(page, 'mutation CreateUser', 'RATE_LIMITED', { retryAfter: 30 });
      await send(page);
      await page.getByRole('alert').getByText('Try again in 30 seconds.').waitFor();
      await page.unroute('**/graphql');
      await context.setOffline(true);
      await send(page);
      await expect.poll(() => page.getByRole('alert').allTextContents(), { timeout: 60_000 }).not.toEqual([]);
      await context.setOffline(false);
      expect(await field(page, 'Username').inputValue()).toBe(person.username);

      await slowDown(page, 'mutation CreateUser', 2000);
      const before = asked.filter((name) => name === 'CreateUser').length;
      const button = page.getByRole('button', { name: 'Send the invitation' });
      for (let presses = 0; presses < 3; presses += 1) await button.click({ force: true });
      await page.getByText('The invitation was mailed').waitFor();
      expect(asked.filter((name) => name === 'CreateUser').length).toBe(before + 1);
      await leave(visitor);
    });

    it('is not for staff', async () => {
      const visitor = await visitConsole(browser, gateway, staff, '/console/invite');
      await visitor.page.getByText('This page is for admins.').waitFor();
      expect(await visitor.page.getByRole('button', { name: 'Send the invitation' }).count()).toBe(0);
      await leave(visitor);
    });
  },
  'postgres',
);
