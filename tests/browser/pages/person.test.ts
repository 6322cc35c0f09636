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
