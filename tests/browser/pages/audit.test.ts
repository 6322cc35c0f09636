import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AuditEventFilter,
  AuditLogDocument,
  DeactivateUserDocument,
  UpdateUserDocument,
} from '../../generated/graphql.js';
import { login } from '../../support/accounts.js';
import { member, NOBODY, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { expectData } from '../../support/client.js';
import { disturb, variablesOf, visitAs } from '../../support/console-operations.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { inspect, originOf, VIEWS } from '../../support/pages.js';
import { until } from '../../support/wait.js';

const PAGE_SIZE = 50;
const ADDRESS = '2001:db8::7';
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>';

/** JSON.stringify would lose the first key. */
const HOSTILE_DETAILS = `{"__proto__":"admin","accountExisted":true,"list":[1,{"a":null}],${JSON.stringify(HOSTILE)}:${JSON.stringify(HOSTILE)}}`;

describeInBrowser(
  'the audit log',
  () => {
    let gateway: Gateway;
    let browser: Browser;
    let admin: SignedInUser;
    let staff: SignedInUser;
    let user: SignedInUser;

    beforeAll(async () => {
      browser = await launchBrowser();
      ({ gateway, admin } = await startWithAdmin(
        (options) => startGateway({ ...options, backend: 'postgres', listen: true }),
        { LOCKOUT_THRESHOLD: '3', TRUST_PROXY: '127.0.0.1' },
      ));
      staff = await member(gateway, admin, 'STAFF');
      user = await member(gateway, admin);
      await openDatabase(gateway)`
        insert into audit_events (type, subject_id, ip_address, user_agent, details, created_at)
        select 'LOGIN_FAILED', ${user.id}, '198.51.100.9', 'Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.0.0 Safari/537.36',
          ${HOSTILE_DETAILS}::text::jsonb, now() - number * interval '1 hour'
        from generate_series(120, 1, -1) number`;
      for (let guesses = 0; guesses < 3; guesses++) {
        await login(gateway, { username: user.username, password: 'not-the-right-one' }, undefined, {
          headers: { 'user-agent': HOSTILE, 'x-forwarded-for': ADDRESS },
        });
      }
      const as = { token: admin.token };
      const { id } = user;
      expectData(await gateway.client.run(UpdateUserDocument, { id, input: { role: 'STAFF' } }, as));
      expectData(await gateway.client.run(DeactivateUserDocument, { id }, as));
    });

    /** The ids of the newest events by the API. */
    const idsBy = async (filter: AuditEventFilter, first = PAGE_SIZE) =>
      expectData(
        await gateway.client.run(AuditLogDocument, { filter, first }, { token: admin.token }),
      ).auditEvents.nodes.map(({ id }) => id);

    async function open(path = '/console/audit', options?: BrowserContextOptions, who = admin) {
      const visitor = await visitAs(browser, gateway, who, options);
      const asked = variablesOf(visitor.page, 'auditEvents');
      await visitor.page.goto(path);
      await visitor.page.getByRole('heading', { name: 'Audit log', level: 1 }).waitFor();
      return { ...visitor, asked };
    }
    const statusOf = (page: Page) =>
      page.getByRole('region', { name: 'Events', exact: true }).getByRole('status');
    const rowsOf = (page: Page) => page.locator('tbody tr');

    /** Waits for the newest events of the API. */
    async function expectEvents(page: Page, filter: AuditEventFilter): Promise<void> {
      const ids = await idsBy(filter);
      expect(ids.length).toBeGreaterThan(0);
      const shown = () =>
        page.evaluate<string[]>(
          '[...document.querySelectorAll("tbody tr")].map((row) => row.querySelector("details dd").textContent)',
        );
      await until(
        `the events of ${JSON.stringify(filter)}`,
        async () => JSON.stringify(await shown()) === JSON.stringify(ids),
      );
    }

    describe.each(VIEWS)('in $name', ({ name, options }) => {
      it('is accessible and fits the window, with events', async () => {
        const { page, faults, context } = await open(
          `/console/audit?address=${ADDRESS}&subject=${user.id}&types=LOGIN_FAILED,ACCOUNT_LOCKED`,
          options,
        );
        await page.getByText('4 events, from').waitFor();
        await page.getByRole('link', { name: user.username }).first().waitFor();
        await inspect(page, `audit ${name}`);
        expect(faults).toEqual([]);
        await context.close();
      });

      it('is accessible and fits the window, without events', async () => {
        const { page, faults, context } = await open(`/console/audit?actor=${NOBODY}`, options);
        await page.getByText('No events match the filter.').waitFor();
        await page.getByText(`${NOBODY} (no account)`).waitFor();
        await page.getByText('Kinds of events: all').click();
        await inspect(page, `audit-empty ${name}`);
        expect(faults).toEqual([]);
        await context.close();
      });
    });

    it('lists what the API lists, page by page, with back and reload', async () => {
      const filter = { subjectId: user.id };
      const { page, faults, context } = await open(`/console/audit?subject=${user.id}`);
      await expectEvents(page, filter);
      const all = await idsBy(filter, 100);
      const second = async () => {
        await until('the second page', async () => {
          const [row] = await rowsOf(page).allTextContents();
          return row?.includes(`event${all[PAGE_SIZE]}`);
        });
      };
      await page.getByRole('link', { name: 'Older' }).click();
      await second();
      expect(page.url()).toContain('page=');
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Events');
      await page.reload();
      await second();
      await page.getByRole('link', { name: 'Older' }).click();
      await until('the last page', async () => (await rowsOf(page).count()) < PAGE_SIZE);
      expect(await page.getByRole('link', { name: 'Older' }).count()).toBe(0);
      await page.goBack();
      await second();
      await page.getByRole('link', { name: 'Newest' }).click();
      await expectEvents(page, filter);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says when, what, who, to whom, from where, and how', async () => {
      const { page, faults, context } = await open('/console/audit?types=ROLE_CHANGED');
      await rowsOf(page).first().waitFor();
      const cells = await rowsOf(page).first().locator('th, td').allTextContents();
      expect(cells[0]).toBe('Role changed from customer to staff; all devices were signed out');
      expect(cells[2]).toContain(admin.username);
      expect(cells[3]).toContain(user.username);
      expect(cells[4]).toContain('127.0.0.1');
      expect(cells[5]).toMatch(/^fromCUSTOMERtoSTAFF/);
      for (const { username, id } of [admin, user]) {
        const link = page.getByRole('link', { name: username, exact: true });
        expect(await link.getAttribute('href')).toBe(`/console/people/${id}`);
      }
      expect(await page.locator('tbody time').first().getAttribute('datetime')).toMatch(/^\d{4}-.*Z$/);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('filters by kinds in groups, people, address and time, as the API does', async () => {
      const { page, faults, context, asked } = await open('/console/audit', { timezoneId: 'Asia/Kolkata' });
      const apply = () => page.getByRole('button', { name: 'Apply' }).click();
      await page.getByText('Kinds of events: all').click();
      await page.getByRole('group', { name: 'Administration' }).getByText('All of these').click();
      await page.locator('fieldset').getByText('Account activated').click();
      await page
        .locator('fieldset')
        .getByText('Sign-in locked for a while after too many failed attempts')
        .click();
      await apply();
      const types = [
        'ACCOUNT_LOCKED',
        'ACCOUNT_UNLOCKED',
        'ROLE_CHANGED',
        'USER_CREATED',
        'USER_DEACTIVATED',
        'USER_UPDATED',
      ] as const;
      await page.waitForURL(`**/console/audit?types=${types.join('%2C')}`);
      await expectEvents(page, { types: [...types] });

      await page.getByLabel('Done by (id)').fill(`  ${admin.id.toUpperCase()} `);
      await page.getByLabel('Done to (id)').fill(`${originOf(gateway)}/console/people/${user.id}`);
      await apply();
      await page.waitForURL(`**&actor=${admin.id}&subject=${user.id}`);
      await expectEvents(page, { types: [...types], actorId: admin.id, subjectId: user.id });

      const filters = page.getByRole('list', { name: 'Active filters' });
      await filters.getByRole('link', { name: admin.username }).waitFor();
      await filters.getByRole('link', { name: user.username }).waitFor();
      await filters.getByRole('link', { name: 'Show all events' }).click();
      await page.waitForURL('**/console/audit');

      await page.getByLabel('IP address').fill(' 2001:DB8:0:0:0:0:0:7 ');
      await apply();
      await page.getByText('4 events, from').waitFor();
      await expectEvents(page, { ipAddress: ADDRESS });

      await page.getByLabel('IP address').fill('');
      const [after, before] = [-30.5, -10.5].map(
        (hours) => new Date(Math.floor(Date.now() / 60_000 + hours * 60) * 60_000),
      ) as [Date, Date];
      // India is 5:30 ahead of UTC.
      const local = (time: Date) => new Date(time.getTime() + 19_800_000).toISOString().slice(0, 16);
      await page.getByLabel('From', { exact: true }).fill(local(after));
      await page.getByLabel('Until').fill(local(before));
      await apply();
      await page.waitForURL('**?after=*');
      await expectEvents(page, { after: after.toISOString(), before: before.toISOString() });
      expect(asked.at(-1)).toMatchObject({
        first: PAGE_SIZE,
        filter: { after: after.toISOString(), before: before.toISOString() },
      });
      expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe(local(after));
      expect(faults).toEqual([]);
      await context.close();
    });

    it('says beside the field what is no filter, and asks nothing', async () => {
      const { page, faults, context, asked } = await open();
      await rowsOf(page).first().waitFor();
      const before = asked.length;
      await page.getByLabel('Done by (id)').fill('ada');
      await page.getByLabel('IP address').fill("127.0.0.1' OR true --");
      await page.getByLabel('From', { exact: true }).fill('2026-03-04T10:00');
      await page.getByLabel('Until').fill('2026-03-04T09:00');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByText('Paste the id of a person, or the address of their page.').waitFor();
      await page.getByText('Must be an IP address').waitFor();
      await page.getByText('Must be after “From”.').waitFor();
      expect(await page.evaluate('document.activeElement.name')).toBe('actor');
      expect(await page.getByLabel('Done by (id)').inputValue()).toBe('ada');
      expect(asked).toHaveLength(before);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('follows a person and an address', async () => {
      const { page, faults, context } = await open(`/console/audit?types=ROLE_CHANGED`);
      await page.getByRole('link', { name: `Follow what ${admin.username} does` }).click();
      await page.waitForURL(`**/console/audit?actor=${admin.id}`);
      await expectEvents(page, { actorId: admin.id });
      await page.goBack();
      await page.getByRole('link', { name: `Follow what happens to ${user.username}` }).click();
      await page.waitForURL(`**/console/audit?subject=${user.id}`);
      await expectEvents(page, { subjectId: user.id });
      await page
        .getByRole('link', { name: `Follow ${ADDRESS}` })
        .first()
        .click();
      await page.waitForURL((url) => url.searchParams.get('address') === ADDRESS);
      await expectEvents(page, { ipAddress: ADDRESS });
      await page.getByText(`From ${ADDRESS}`).waitFor();
      await page.getByRole('link', { name: 'Remove' }).click();
      await page.waitForURL('**/console/audit');
      await page.goBack();
      await expectEvents(page, { ipAddress: ADDRESS });
      expect(faults).toEqual([]);
      await context.close();
    });

    it('opens a shared address in another browser, and shows all events for a hostile one', async () => {
      const { page, faults, context, asked } = await open(
        `/console/audit?actor=${admin.id}&subject=${user.id}&types=USER_DEACTIVATED,ROLE_CHANGED`,
      );
      await expectEvents(page, {
        actorId: admin.id,
        subjectId: user.id,
        types: ['USER_DEACTIVATED', 'ROLE_CHANGED'],
      });
      for (const search of [
        'types=__proto__,constructor,NOTHING&actor=1',
        'types[]=LOGIN_FAILED&actor[]=x&page[]=1',
        `types=%3Cscript%3E&actor=${encodeURIComponent(HOSTILE)}&subject=null`,
        "address=127.0.0.1'%20OR%20true&after=yesterday&before=%2B275760-09-13",
        `address=${'1'.repeat(2000)}&after=-000001-01-01T00:00Z`,
        'after={"a":1}&before=[]&page=true',
        '%ff%fe=&&&==&page=',
      ]) {
        await page.goto(`/console/audit?${search}`);
        await statusOf(page).filter({ hasText: '50 events' }).waitFor();
        expect(asked.at(-1), search).toEqual({ filter: {}, first: PAGE_SIZE });
        expect(await page.getByRole('list', { name: 'Active filters' }).count()).toBe(0);
      }
      await page.goto(`/console/audit?page=${encodeURIComponent(HOSTILE)}&types=ROLE_CHANGED`);
      await page.getByText('This page of the log does not exist.').waitFor();
      await page.getByRole('link', { name: 'Newest' }).click();
      await expectEvents(page, { types: ['ROLE_CHANGED'] });
      expect(faults).toEqual([]);
      await context.close();
    });

    it('shows hostile user agents and details as text', async () => {
      const { page, faults, context } = await open(`/console/audit?address=${ADDRESS}`);
      await page.getByText('4 events, from').waitFor();
      await page.getByText('More').first().click();
      await page.getByText(HOSTILE).first().waitFor();
      await page.goto(`/console/audit?address=198.51.100.9`);
      const row = rowsOf(page).first();
      await row.getByText(HOSTILE, { exact: true }).first().waitFor();
      expect(await row.locator('dl').first().locator('dt').allTextContents()).toEqual([
        HOSTILE,
        '__proto__',
        'account existed',
        'list',
      ]);
      expect(await row.locator('dl').first().locator('dd').allTextContents()).toEqual([
        HOSTILE,
        'admin',
        'yes',
        '[1,{"a":null}]',
      ]);
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.title()).toContain('Audit log');
      expect(faults).toEqual([]);
      await context.close();
    });

    it('works by keyboard alone', async () => {
      const { page, faults, context } = await open('/console/audit?types=ROLE_CHANGED');
      await rowsOf(page).first().waitFor();
      const tabTo = (text: string | RegExp) =>
        until(`the focus on ${text}`, async () => {
          await page.keyboard.press('Tab');
          const label = await page.evaluate<string>(
            '(document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent).trim()',
          );
          return typeof text === 'string' ? label === text : text.test(label);
        });
      await tabTo(/^Kinds of events/);
      await page.keyboard.press('Enter');
      await tabTo('Password changed');
      await page.keyboard.press('Space');
      await tabTo('Done to (id)');
      await page.keyboard.type(user.id);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**&subject=${user.id}`);
      await expectEvents(page, {
        subjectId: user.id,
        types: ['ROLE_CHANGED', 'PASSWORD_CHANGED'],
      });
      await tabTo(`Follow what ${admin.username} does`);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/console/audit?actor=${admin.id}`);
      await expectEvents(page, { actorId: admin.id });
      expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Events');
      expect(faults).toEqual([]);
      await context.close();
    });

    it('keeps the list while the gateway is slow, and says so', async () => {
      const { page, faults, context, asked } = await open('/console/audit?types=LOGIN_FAILED');
      await statusOf(page).filter({ hasText: '50 events' }).waitFor();
      await disturb(page, { field: 'auditEvents', delayMs: 2000 });
      const before = asked.length;
      await page.getByRole('link', { name: 'Older' }).click();
      await statusOf(page).filter({ hasText: 'Loading …' }).waitFor();
      expect(await rowsOf(page).count()).toBe(PAGE_SIZE);
      expect(await page.getByRole('link', { name: 'Older' }).count()).toBe(0);
      await statusOf(page).filter({ hasText: '50 events' }).waitFor();
      expect(asked).toHaveLength(before + 1);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('shows each failure in words, and loads again', async () => {
      const { page, context } = await visitAs(browser, gateway, admin);
      for (const [fault, words] of [
        [{ code: 'RATE_LIMITED', extensions: { retryAfter: 30 } }, /Try again in 30 seconds/],
        [{ code: 'INTERNAL_SERVER_ERROR', extensions: { requestId: 'abc-123' } }, /abc-123/],
        [{ code: 'FORBIDDEN' }, /The words of the gateway/],
        // The connection breaks.
        [{}, /network|connect|available/i],
      ] as const) {
        const calm = await disturb(page, { field: 'auditEvents', ...fault });
        await page.goto('/console/audit');
        const alert = page.getByRole('alert');
        await alert.waitFor();
        expect(await alert.textContent()).toMatch(words);
        await calm();
        await alert.getByRole('button', { name: 'Try again' }).click();
        await rowsOf(page).first().waitFor();
      }
      await disturb(page, { field: 'auditEvents', code: 'INTERNAL_SERVER_ERROR' });
      await page.getByRole('button', { name: 'Look for new events' }).click();
      await page.getByText('The list could not be loaded again. It may be out of date.').waitFor();
      expect(await rowsOf(page).count()).toBe(PAGE_SIZE);
      await context.close();
    });

    it('finds new events', async () => {
      const { page, faults, context } = await open(
        `/console/audit?types=LOGIN_FAILED&actor=&subject=${admin.id}`,
      );
      await page.getByText('No events match the filter.').waitFor();
      await login(gateway, { username: admin.username, password: 'not-the-right-one' });
      await page.getByRole('button', { name: 'Look for new events' }).click();
      await page.getByText('1 event, from').waitFor();
      expect(faults).toEqual([]);
      await context.close();
    });

    it('tells staff that the log is for admins, and asks nothing', async () => {
      const { page, faults, context, asked } = await open('/console/audit', undefined, staff);
      await page.getByText('The audit log is for admins.').waitFor();
      expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
      expect(asked).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    });
  },
  'postgres',
);
