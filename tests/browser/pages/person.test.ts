import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Role, UserByIdDocument } from '../../generated/graphql.js';
import { cardOf, letAuthenticationAge } from '../../support/account-page.js';
import { login, signedInBy, signIn } from '../../support/accounts.js';
import {
  acceptInvitation,
  entered,
  invited,
  member,
  NOBODY,
  type SignedInUser,
} from '../../support/administration.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { expectCode, expectData, expectUnauthenticated } from '../../support/client.js';
import {
  type ConsoleVisitor,
  idOf,
  leave,
  refuse,
  slowDown,
  startConsole,
  visitConsole,
} from '../../support/console-page.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { hasToken } from '../../support/mailbox.js';
import { inspect, VIEWS } from '../../support/pages.js';
import { isVerification } from '../../support/recovery.js';
import { protectedAccount } from '../../support/totp.js';

const HOSTILE = '<img src=x onerror=alert(1)>';
const LONG = 'Ж'.repeat(60) + '雪'.repeat(40);

describeInBrowser(
  'the page of a person',
  () => {
    let gateway: Gateway;
    let admin: SignedInUser;
    let browser: Browser;

    beforeAll(async () => {
      [{ gateway, admin }, browser] = await Promise.all([startConsole(), launchBrowser()]);
    });

    const open = async (
      { id }: { id: string },
      viewer: SignedInUser = admin,
      options = {},
    ): Promise<ConsoleVisitor> => {
      const visitor = await visitConsole(browser, gateway, viewer, `/console/people/${id}`, options);
      await cardOf(visitor.page, 'State').waitFor();
      return visitor;
    };
    /** Without asking the gateway, which can want a recent authentication of the admin. */
    const memberWithRole = async (role: Role): Promise<SignedInUser> => {
      const person = await member(gateway, admin);
      await openDatabase(gateway)`update users set role = ${role} where id = ${person.id}`;
      return person;
    };
    const stateOf = (page: Page) => cardOf(page, 'State').getByRole('paragraph');
    /** Opens the dialog of an operation. */
    const ask = async (page: Page, operation: string) => {
      await cardOf(page, 'Administration').getByRole('button', { name: operation, exact: true }).click();
      return page.getByRole('dialog');
    };
    const run = async (page: Page, operation: string, action = operation) => {
      const dialog = await ask(page, operation);
      await dialog.getByRole('button', { name: action, exact: true }).click();
    };
    const confirmPassword = async (page: Page, { password }: SignedInUser) => {
      const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await dialog.getByLabel('Password', { exact: true }).fill(password);
      await dialog.getByRole('button', { name: 'Confirm' }).click();
    };
    /** The outcome in words, which has the focus. */
    const outcome = async (page: Page, words: string) => {
      await page.getByRole('status').getByText(words, { exact: true }).waitFor();
      await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe(words);
      expect(await page.getByRole('dialog').count()).toBe(0);
    };
    const userOf = async ({ id }: { id: string }) =>
      expectData(await gateway.client.run(UserByIdDocument, { id }, { token: admin.token })).user;
    const lock = ({ id }: { id: string }) =>
      openDatabase(gateway)`
        insert into failure_counters (key, failures, locks, locked_until)
        values (${`account:${id}`}, 5, 1, now() + interval '10 minutes')`;

    describe.each(VIEWS)('in $name', ({ name, options }) => {
      it('is accessible and fits the window, with long and hostile text', async () => {
        const person = await member(gateway, admin);
        await signIn(gateway, person, {}, { headers: { 'user-agent': `${HOSTILE} ${'x'.repeat(400)}` } });
        await lock(person);
        const sql = openDatabase(gateway);
        await sql`update users set display_name = ${name.includes('light') ? LONG : HOSTILE} where id = ${person.id}`;
        await sql`update sessions set user_agent = ${HOSTILE} where user_id = ${person.id}`;
        await sql`
          insert into identities (user_id, provider, issuer, subject, email)
          values (${person.id}, ${HOSTILE}, 'https://id.example', ${person.id}, ${`${'l'.repeat(60)}@example.com`})`;
        const visitor = await open(person, admin, options);
        const { page } = visitor;
        await page.getByRole('table', { name: 'Recent activity' }).waitFor();
        await cardOf(page, 'Devices').getByText('Unknown device').first().waitFor();
        await cardOf(page, 'Identity providers').getByText(HOSTILE).waitFor();
        await inspect(page, `person ${name}`);
        await ask(page, 'Change role');
        await inspect(page, `person dialog ${name}`);
        await leave(visitor);
      });
    });

    it('takes an admin through a day: find, deactivate, activate, promote, sign out', async () => {
      const person = await member(gateway, admin);
      const visitor = await visitConsole(browser, gateway, admin, '/console/people');
      const { page } = visitor;
      await page.getByRole('searchbox').fill(person.email.slice(0, 12));
      await page.getByRole('status').getByText('1 person found').waitFor();
      await page.getByRole('link', { name: person.username }).click();
      await page.getByRole('heading', { name: person.username, level: 1 }).waitFor();
      await stateOf(page)
        .getByText('Active. Address verified. Two-factor authentication is off.', { exact: true })
        .waitFor();

      const dialog = await ask(page, 'Deactivate');
      await dialog.getByText(/is signed out everywhere within a second and cannot sign in/).waitFor();
      await dialog.getByRole('button', { name: 'Deactivate', exact: true }).click();
      await outcome(page, `${person.username} is deactivated and signed out everywhere.`);
      await stateOf(page)
        .getByText(/^Deactivated: cannot sign in\./)
        .waitFor();
      expectUnauthenticated(await gateway.client.runRaw('{ me { id } }', {}, { token: person.token }));
      expectCode(await login(gateway, person), 'ACCOUNT_DISABLED');

      await run(page, 'Activate');
      await outcome(page, `${person.username} is active again.`);
      const { token } = await entered(gateway, person);
      await page.getByRole('link', { name: 'All people' }).click();
      await page.goBack();

      await run(page, 'Sign out everywhere');
      await outcome(page, `${person.username} is signed out everywhere.`);
      expectUnauthenticated(await gateway.client.runRaw('{ me { id } }', {}, { token }));
      await cardOf(page, 'Devices').getByText('Not signed in on any device.').waitFor();

      await letAuthenticationAge(gateway, admin);
      const roles = await ask(page, 'Change role');
      await roles
        .getByText(/is signed out everywhere within a second, and has the rights of the new role/)
        .waitFor();
      await roles.getByLabel('New role').selectOption('Staff');
      await roles.getByRole('button', { name: 'Change role' }).click();
      await confirmPassword(page, admin);
      await outcome(page, `${person.username} has the role staff now.`);
      expect(await userOf(person)).toMatchObject({ role: 'STAFF' });

      const activity = page.getByRole('table', { name: 'Recent activity' });
      for (const words of [
        'Role changed from customer to staff; all devices were signed out',
        'Account deactivated; all devices were signed out',
        'Account activated',
      ]) {
        await activity.getByRole('rowheader', { name: words }).waitFor();
      }
      await page.getByRole('link', { name: 'All events of this person in the audit log' }).click();
      await page.getByRole('heading', { name: 'Audit log' }).waitFor();
      expect(new URL(page.url()).searchParams.get('subject')).toBe(person.id);
      await leave(visitor);
    });

    it('unlocks, and offers it only for a locked account', async () => {
      const person = await member(gateway, admin);
      await lock(person);
      const visitor = await open(person);
      const { page } = visitor;
      await stateOf(page)
        .getByText(/Locked until \d+:\d\d [AP]M because of wrong passwords\.$/)
        .waitFor();
      await run(page, 'Unlock');
      await outcome(page, `${person.username} is unlocked.`);
      expect(await page.getByRole('button', { name: 'Unlock' }).count()).toBe(0);
      expect(await userOf(person)).toMatchObject({ lockedUntil: null });
      await leave(visitor);
    });

    it('resets a second factor after a step-up, and stays as it is if the admin cancels it', async () => {
      const account = await protectedAccount(gateway);
      const person = { id: await idOf(gateway, account.username) };
      await letAuthenticationAge(gateway, admin);
      const visitor = await open(person);
      const { page } = visitor;
      await letAuthenticationAge(gateway, admin);
      await stateOf(page)
        .getByText(/Two-factor authentication is on\./)
        .waitFor();
      await run(page, 'Reset two-factor authentication');
      const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await proof.getByRole('button', { name: 'Cancel' }).click();
      const dialog = page.getByRole('dialog', { name: /Reset two-factor/ });
      await dialog.getByRole('alert').getByText('Confirm that it is you, then try again.').waitFor();
      expect(await userOf(person)).toMatchObject({ twoFactorEnabled: true });

      await dialog.getByRole('button', { name: 'Reset two-factor authentication' }).click();
      await confirmPassword(page, admin);
      await outcome(page, `Two-factor authentication of ${account.username} is reset.`);
      expect(await userOf(person)).toMatchObject({ twoFactorEnabled: false });
      await gateway.mail.waitForMail(
        account.email,
        (mail) => /two-factor/i.test(mail.subject) && !hasToken(mail),
      );
      expect(await page.getByRole('button', { name: /Reset two-factor/ }).count()).toBe(0);
      await leave(visitor);
    });

    describe('the profile', () => {
      it('saves what was changed, and mails the link to a new address after a step-up', async () => {
        const person = await member(gateway, admin);
        const visitor = await open(person);
        const { page, asked } = visitor;
        const card = cardOf(page, 'Profile');
        await card.getByRole('button', { name: 'Save' }).click();
        await outcome(page, 'Nothing was changed.');
        expect(asked).not.toContain('UpdateUser');
        await card.getByLabel('Name', { exact: true }).fill(HOSTILE);
        await card.getByRole('button', { name: 'Save' }).click();
        await outcome(page, 'Saved.');
        await page.getByRole('heading', { name: HOSTILE, level: 1 }).waitFor();

        await letAuthenticationAge(gateway, admin);
        await card.getByLabel('Email address').fill(`new-${person.email}`);
        await card.getByRole('button', { name: 'Save' }).click();
        await confirmPassword(page, admin);
        await outcome(page, `Saved. A link was mailed to new-${person.email}.`);
        await stateOf(page)
          .getByText(/Address not verified\./)
          .waitFor();
        await gateway.mail.waitForMail(`new-${person.email}`, isVerification);
        await leave(visitor);
      });

      it('says beside the field that a username or an address is taken or not valid', async () => {
        const [person, other] = [await member(gateway, admin), await invited(gateway, admin)];
        const visitor = await open(person);
        const card = cardOf(visitor.page, 'Profile');
        const save = () => card.getByRole('button', { name: 'Save' }).click();
        const username = card.getByLabel('Username');
        await username.fill('no spaces');
        await save();
        await card.getByText('Must be 3 to 32 letters, digits, "_", "-" or ".".').waitFor();
        await username.fill(other.username);
        await save();
        await card.getByText('The username is taken. Choose another one.').waitFor();
        expect(await username.getAttribute('aria-invalid')).toBe('true');
        expect(await username.inputValue()).toBe(other.username);
        await username.fill(person.username);
        await card.getByLabel('Email address').fill(other.email);
        await save();
        await card.getByText('The email address is taken.').waitFor();
        expect(await visitor.page.evaluate('document.activeElement.name')).toBe('email');
        await leave(visitor);
      });
    });

    describe("the admin's own page", () => {
      it('says so, and the last admin stays an admin', async () => {
        const visitor = await open(admin, admin, { colorScheme: 'dark' });
        const { page } = visitor;
        await page.getByText('This is you').waitFor();
        await cardOf(page, 'Devices').getByText('This device').first().waitFor();
        await inspect(page, 'person self dark-1280');
        const dialog = await ask(page, 'Deactivate');
        await dialog
          .getByText('You are signed out at once, and only another admin can let you in again.')
          .waitFor();
        await dialog.getByRole('button', { name: 'Deactivate my own account' }).click();
        await dialog
          .getByRole('alert')
          .getByText('This is the last active admin. Make another user an admin first.')
          .waitFor();
        await page.keyboard.press('Escape');
        await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Deactivate');
        expect(await userOf(admin)).toMatchObject({ isActive: true });
        await leave(visitor);
      });

      it('leads to the sign-in page after the admin has given up the role', async () => {
        const second = await memberWithRole('ADMIN');
        const visitor = await open(second, second);
        const { page } = visitor;
        const dialog = await ask(page, 'Change role');
        await dialog.getByText(/lose the rights of an admin/).waitFor();
        await dialog.getByLabel('New role').selectOption('Customer');
        await dialog.getByRole('button', { name: 'Change role' }).click();
        await page.waitForURL(/\/sign-in/);
        expect(await userOf(second)).toMatchObject({ role: 'CUSTOMER' });
        await leave(visitor);
      });
    });

    it.each([NOBODY, 'not-an-id', '%3Cscript%3E', '..%2F..%2Faccount'])(
      'says that nobody has the id %s',
      async (id) => {
        const visitor = await visitConsole(browser, gateway, admin, `/console/people/${id}`);
        await visitor.page.getByText(/^Nobody has this id\./).waitFor();
        expect(await visitor.page.getByRole('button', { name: 'Deactivate' }).count()).toBe(0);
        await leave(visitor);
      },
    );

    describe('when an operation fails', () => {
      it('says that the account does not exist any more', async () => {
        const person = await invited(gateway, admin);
        const visitor = await open(person);
        await openDatabase(gateway)`delete from users where id = ${person.id}`;
        await run(visitor.page, 'Deactivate');
        await visitor.page.getByRole('alert').getByText('This account does not exist any more.').waitFor();
        await leave(visitor);
      });

      it.each<[code: string, extensions: object, words: string]>([
        ['FORBIDDEN', {}, 'Refused: FORBIDDEN.'],
        ['RATE_LIMITED', { retryAfter: 60 }, 'Try again in 60 seconds.'],
        ['INTERNAL_SERVER_ERROR', { requestId: 'r-1' }, 'Report this code if it happens again: r-1'],
      ])('shows %s in words, and works at the next try', async (code, extensions, words) => {
        const person = await invited(gateway, admin);
        const visitor = await open(person);
        const { page } = visitor;
        await refuse(page, 'mutation DeactivateUser', code, extensions);
        await run(page, 'Deactivate');
        await page.getByRole('alert').getByText(words).waitFor();
        await page.unroute('**/graphql');
        await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
        await outcome(page, `${person.username} is deactivated and signed out everywhere.`);
        await leave(visitor);
      });

      it('says that there is no network, and works when it is back', async () => {
        const person = await invited(gateway, admin);
        const visitor = await open(person);
        const { page, context } = visitor;
        await context.setOffline(true);
        await run(page, 'Deactivate');
        await page.getByRole('alert').waitFor({ timeout: 60_000 });
        await context.setOffline(false);
        await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
        await outcome(page, `${person.username} is deactivated and signed out everywhere.`);
        await leave(visitor);
      });
    });

    it('runs a slow operation once, however often the button is pressed', async () => {
      const person = await invited(gateway, admin);
      const visitor = await open(person);
      const { page, asked } = visitor;
      await slowDown(page, 'mutation DeactivateUser', 2000);
      const dialog = await ask(page, 'Deactivate');
      const button = dialog.getByRole('button', { name: 'Deactivate' });
      for (let presses = 0; presses < 3; presses += 1) await button.click({ force: true });
      await outcome(page, `${person.username} is deactivated and signed out everywhere.`);
      expect(asked.filter((name) => name === 'DeactivateUser').length).toBe(1);
      await leave(visitor);
    });

    it('works by the keyboard alone', async () => {
      const person = await invited(gateway, admin);
      const visitor = await open(person);
      const { page } = visitor;
      await stateOf(page)
        .getByText(/Has not accepted the invitation yet\./)
        .waitFor();
      const tabTo = async (text: string) => {
        const focused = () => page.evaluate<string>('document.activeElement.textContent');
        for (let i = 0; i < 40 && (await focused()) !== text; i += 1) await page.keyboard.press('Tab');
        expect(await focused()).toBe(text);
      };
      await tabTo('Deactivate');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Deactivate');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await tabTo('Deactivate');
      await page.keyboard.press('Enter');
      await outcome(page, `${person.username} is deactivated and signed out everywhere.`);
      await leave(visitor);
    });

    describe('for staff', () => {
      it('edits a customer, and neither shows nor asks for what only admins may', async () => {
        const [staff, person] = [await memberWithRole('STAFF'), await invited(gateway, admin)];
        await acceptInvitation(gateway, person);
        const visitor = await open(person, staff);
        const { page, asked } = visitor;
        for (const title of [
          'Administration',
          'Devices',
          'Passkeys',
          'Identity providers',
          'Recent activity',
        ]) {
          expect(await page.getByRole('heading', { name: title }).count()).toBe(0);
        }
        await cardOf(page, 'Profile').getByLabel('Name', { exact: true }).fill('Scheherazade');
        await cardOf(page, 'Profile').getByRole('button', { name: 'Save' }).click();
        await outcome(page, 'Saved.');
        expect(new Set(asked)).toEqual(
          new Set(asked.filter((name) => ['Viewer', 'Person', 'UpdateUser', 'Refresh'].includes(name))),
        );
        expect(asked).toContain('UpdateUser');
        signedInBy(await login(gateway, person));
        await leave(visitor);
      });

      it('edits neither other staff nor admins', async () => {
        const staff = await memberWithRole('STAFF');
        const visitor = await open(staff, staff);
        const { page } = visitor;
        await page.getByText('Staff may edit customers only.').waitFor();
        await page.getByRole('link', { name: 'Edit your own account' }).waitFor();
        expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
        await inspect(page, 'person for staff light-1280');
        await leave(visitor);
      });
    });
  },
  'postgres',
);
