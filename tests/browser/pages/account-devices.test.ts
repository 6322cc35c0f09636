import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cardOf,
  keptBy,
  type Owner,
  openAccountPage,
  refuse,
  visitAccount,
} from '../../support/account-page.js';
import { type Account, login, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { expectUnauthenticated } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { expectFits, inspect, VIEWS } from '../../support/pages.js';
import { addPasskey } from '../../support/passkeys.js';
import { me } from '../../support/sessions.js';

const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
/** They must be harmless as text, and must not break the layout. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  'javascript:alert(1)',
  'x'.repeat(10_000),
  `${'Mozilla/5.0 ('.repeat(40)} Chrome/1 Windows`,
  `${'a'.repeat(200)}/1.0`,
  '{{constructor.constructor("alert(1)")()}}',
  'curl/8.5.0',
];
const NAMES = [
  '<img src=x onerror=alert(1)>',
  'الاسم الطويل جدا للمستخدم '.repeat(3).trim(),
  'Nebukadnezar'.repeat(8),
  '長い名前'.repeat(20),
  '👩‍👩‍👧‍👦 עִבְרִית',
];

describeInBrowser(
  'the devices and the activity on the account page',
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
    const from = (userAgent: string) => ({ headers: { 'user-agent': userAgent } });
    const devices = (page: Page) => cardOf(page, 'Devices');

    describe('with much and hostile data', () => {
      let account: Account;

      beforeAll(async () => {
        account = await registerAndVerify(gateway, { username: 'u'.repeat(32) });
        const { accessToken } = await signIn(gateway, account);
        for (let n = 0; n < 20; n += 1) {
          await signIn(
            gateway,
            account,
            { rememberMe: n % 2 === 0 },
            from(HOSTILE[n % HOSTILE.length] ?? ''),
          );
        }
        for (const name of NAMES) await addPasskey(gateway, accessToken, {}, name);
        await openDatabase(gateway)`
          update users set display_name = ${NAMES[1] ?? ''} where username = ${account.username}`;
      });

      it.each(VIEWS)('is accessible and fits the window in $name', async ({ name, options }) => {
        const owner = await visitAccount(browser, gateway, { account, options });
        const { page } = owner;
        await expect.poll(() => devices(page).getByRole('listitem').count()).toBeGreaterThan(20);
        await inspect(page, `account-full ${name}`);
        expect(await page.locator('img').count()).toBe(0);
        await cardOf(page, 'Passkeys').getByText('<img src=x onerror=alert(1)>').waitFor();
        await leave(owner);
      });

      it('fits the window at twice the size of the text', async () => {
        const options = { viewport: { width: 640, height: 800 } };
        const owner = await visitAccount(browser, gateway, { account, options });
        await owner.page.evaluate("document.documentElement.style.fontSize = '200%'");
        await expectFits(owner.page);
        await leave(owner);
      });
    });

    it('are named by browser and system, and signed out one by one', async () => {
      const account = await registerAndVerify(gateway);
      const edge = await signIn(gateway, account, { rememberMe: true }, from(EDGE));
      const iphone = await signIn(gateway, account, {}, from(IPHONE));
      const owner = await visitAccount(browser, gateway, { account });
      const { page } = owner;
      const items = devices(page).getByRole('listitem');
      await expect
        .poll(() => items.getByRole('heading').allTextContents())
        .toEqual(['Chrome on LinuxThis device', 'Safari on iOS', 'Microsoft Edge on Windows']);
      await items
        .nth(2)
        .getByText(/^Stays signed in until/)
        .waitFor();
      await items
        .nth(1)
        .getByText(/until the browser is closed$/)
        .waitFor();
      await items.nth(1).getByText('IP address: 127.0.0.1').waitFor();
      const time = items.nth(1).locator('time').first();
      expect(await time.getAttribute('datetime')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
      expect(await time.getAttribute('title')).toMatch(/20\d\d/);
      expect(await items.first().getByRole('button').count()).toBe(0);

      await items
        .nth(1)
        .getByRole('button', { name: /^Sign out (?!of all)/ })
        .press('Enter');
      await devices(page).getByText('Signed out: Safari on iOS.').waitFor();
      await expect.poll(() => items.count()).toBe(2);
      await expect
        .poll(() => devices(page).evaluate((card) => card.contains(card.ownerDocument.activeElement)))
        .toBe(true);
      expectUnauthenticated(await me(gateway, iphone));
      expect((await me(gateway, edge)).errors).toEqual([]);
      await leave(owner);
    });

    it('are all signed out but this one, after a question', async () => {
      const account = await registerAndVerify(gateway);
      const other = await visitAccount(browser, gateway, { account });
      const owner = await visitAccount(browser, gateway, { account });
      const { page } = owner;
      const all = devices(page).getByRole('button', { name: 'Sign out of all other devices' });
      await all.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Sign out of all other devices?' });
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await expect
        .poll(() => all.evaluate((button) => button === button.ownerDocument.activeElement))
        .toBe(true);
      await all.press('Enter');
      await dialog.getByRole('button', { name: 'Sign out of all other devices' }).click();
      await devices(page).getByText('All other devices are signed out.').waitFor();
      await expect.poll(() => devices(page).getByRole('listitem').count()).toBe(1);
      await other.page.waitForURL(/\/sign-in\?return_to=%2Faccount&ended=revoked/);
      await leave(other);
      await leave(owner);
    });

    it('say why a device could not be signed out', async () => {
      const account = await registerAndVerify(gateway);
      await signIn(gateway, account, {}, from(EDGE));
      const owner = await visitAccount(browser, gateway, { account });
      await refuse(owner.page, 'RATE_LIMITED', { retryAfter: 600 }, 'Too many requests. Try again later.');
      await devices(owner.page)
        .getByRole('button', { name: /^Sign out (?!of all)/ })
        .click();
      await devices(owner.page).getByRole('alert').getByText('Try again in 10 minutes.').waitFor();
      await leave(owner);
    });

    it('show what happened, ten events at a time, without the renewals of sessions', async () => {
      const account = await registerAndVerify(gateway);
      await login(gateway, { ...account, password: 'not the password 1' }, {}, from(EDGE));
      for (let n = 0; n < 12; n += 1) await signIn(gateway, account, {}, from(IPHONE));
      await openDatabase(gateway)`
        insert into audit_events (type, actor_id, subject_id, created_at)
        select 'TOKEN_REFRESHED', id, id, now() - make_interval(secs => n)
        from users, generate_series(1, 120) n where username = ${account.username}`;
      const owner = await visitAccount(browser, gateway, { account });
      const { page } = owner;
      const card = cardOf(page, 'Recent activity');
      const items = card.getByRole('listitem');
      await expect.poll(() => items.count()).toBe(10);
      const more = card.getByRole('button', { name: 'Show more' });
      for (let presses = 0; presses < 8 && (await more.count()) > 0; presses += 1) {
        await more.click();
        await page.waitForTimeout(300);
      }
      await items.getByText('Account registered').waitFor();
      await items.getByText('Sign-in refused: wrong password').waitFor();
      await items.getByText(/Microsoft Edge on Windows, 127\.0\.0\.1$/).waitFor();
      expect(await items.count()).toBe(16);
      expect(await card.getByText('Session renewed').count()).toBe(0);
      await leave(owner);
    });

    it('say so if there is no network for more events, and show them later', async () => {
      const account = await registerAndVerify(gateway);
      await openDatabase(gateway)`
        insert into audit_events (type, actor_id, subject_id, created_at)
        select 'PROFILE_UPDATED', id, id, now() - make_interval(secs => n)
        from users, generate_series(1, 60) n where username = ${account.username}`;
      const owner = await visitAccount(browser, gateway, { account });
      const { page, context } = owner;
      const card = cardOf(page, 'Recent activity');
      const more = card.getByRole('button', { name: 'Show more' });
      for (const count of [20, 30, 40]) {
        await more.click();
        await expect.poll(() => card.getByRole('listitem').count()).toBe(count);
      }
      await context.setOffline(true);
      await more.click();
      await card.getByRole('alert').waitFor();
      await context.setOffline(false);
      await card.getByRole('button', { name: 'Try again' }).click();
      await card.getByRole('alert').waitFor({ state: 'hidden' });
      for (let presses = 0; presses < 5 && (await more.count()) > 0; presses += 1) {
        await more.click();
        await page.waitForTimeout(300);
      }
      await card.getByText('Account registered').waitFor();
      await leave(owner);
    });

    it('are scrolled to by their link, also from elsewhere', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page } = owner;
      const top = () => page.locator('#devices').evaluate((part) => part.getBoundingClientRect().top);
      expect(await top()).toBeGreaterThan(700);
      await page
        .getByRole('navigation', { name: 'On this page' })
        .getByRole('link', { name: 'Devices' })
        .click();
      await expect.poll(top).toBeLessThan(700);
      await page.goto('about:blank');
      await page.goto('/account#devices');
      await devices(page).waitFor();
      await expect.poll(top).toBeLessThan(700);
      await leave(owner);
    });

    it('show no address of an administrator', async () => {
      const account = await registerAndVerify(gateway);
      const admin = await registerAndVerify(gateway);
      await openDatabase(gateway)`
        insert into audit_events (type, actor_id, subject_id, ip_address, user_agent, details)
        select 'USER_UPDATED', a.id, u.id, '203.0.113.7', ${EDGE}, '{"changed":"username"}'
        from users a, users u where a.username = ${admin.username} and u.username = ${account.username}`;
      const owner = await visitAccount(browser, gateway, { account });
      const card = cardOf(owner.page, 'Recent activity');
      await card.getByText('Account changed by support').waitFor();
      await card.getByText(/· by support$/).waitFor();
      expect(await owner.page.content()).not.toContain('203.0.113.7');
      await leave(owner);
    });

    it('keep no token in the storage, the address or the page', async () => {
      const owner = await visitAccount(browser, gateway);
      const { page, context } = owner;
      const [cookie] = await context.cookies();
      const tokens = new Set<string>();
      page.on('request', (request) => {
        const token = request.headers().authorization?.split(' ')[1];
        if (token !== undefined) tokens.add(token);
      });
      await openAccountPage(page);
      expect(tokens.size).toBeGreaterThan(0);
      expect(cookie?.httpOnly).toBe(true);
      const kept = (await keptBy(page)) + (await page.content());
      for (const token of [...tokens, cookie?.value ?? '']) expect(kept).not.toContain(token);
      await leave(owner);
    });
  },
  'postgres',
);
