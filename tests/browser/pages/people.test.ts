import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { UserFilter } from '../../generated/graphql.js';
import { member, page as pageOf, type SignedInUser } from '../../support/administration.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import {
  type ConsoleVisitor,
  expectPeople,
  insertPeople,
  leave,
  refuse,
  slowDown,
  startConsole,
  usernamesOn,
  visitConsole,
} from '../../support/console-page.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { expectFits, inspect, originOf, VIEWS } from '../../support/pages.js';
import { ORDERS, walk } from '../../support/user-pages.js';
import { until } from '../../support/wait.js';

/** Names as attackers and people of the world have them. */
const NAMES = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  'W'.repeat(100),
  'शहरज़ाद كاتبة 雪のひと',
  'محمد بن عبد الله بن عبد المطلب بن هاشم بن عبد مناف بن قصي بن كلاب بن مرة بن كعب بن لؤي',
  '𝒜𝒹𝒶 👩‍👩‍👧‍👦 Lovelace',
];

const HEADINGS = {
  USERNAME: ['Username', 'username'],
  EMAIL: ['Address', 'email'],
  LAST_LOGIN_AT: ['Last sign-in', 'lastSignIn'],
  CREATED_AT: ['Created', 'created'],
} as const;

const FILTERS: readonly (readonly [label: string, option: string, filter: UserFilter])[] = [
  ['Role', 'Staff', { roles: ['STAFF'] }],
  ['Account', 'Deactivated', { isActive: false }],
  ['Account', 'Active', { isActive: true }],
  ['Address', 'Not verified', { emailVerified: false }],
  ['Two-factor', 'On', { twoFactorEnabled: true }],
  ['Two-factor', 'Off', { twoFactorEnabled: false }],
  ['Sign-in', 'Locked now', { locked: true }],
  ['Sign-in', 'Not locked', { locked: false }],
];

/** Addresses that nobody made with the page. */
const HOSTILE_SEARCHES = [
  '?role=ROOT&account=maybe&sort=password&order=sideways&lock=[1]&from=0000-13-99&to=yesterday',
  '?q=%00&after=not-a-cursor',
  `?q=${'x'.repeat(300)}&before=${'A'.repeat(400)}`,
  '?q[]=a&role[$ne]=x&__proto__[q]=x&constructor=1&from=99999-01-01',
  '?q={"toString":1}&sort=toString&sort=__proto__&role=CUSTOMER&role=STAFF',
  '?after=%ED%A0%80&before=null',
];

describeInBrowser(
  'the list of people',
  () => {
    let gateway: Gateway;
    let admin: SignedInUser;
    let browser: Browser;

    beforeAll(async () => {
      [{ gateway, admin }, browser] = await Promise.all([startConsole(), launchBrowser()]);
      const some = Array.from({ length: 60 }, (_, i) => ({
        username: `${'zyx'[i % 3]}-person-${String(i).padStart(3, '0')}`,
        email: `${'abc'[i % 3]}${i}@example.com`,
        displayName: i % 2 === 0 ? `Person ${i}` : null,
        role: i % 20 === 0 ? ('ADMIN' as const) : i % 10 === 0 ? ('STAFF' as const) : ('CUSTOMER' as const),
        isActive: i % 7 !== 0,
        emailVerified: i % 5 !== 0,
        // Several people have the same time.
        createdAt: new Date(Date.UTC(2024, i % 12, 15)).toISOString(),
        lastLoginAt: i % 4 === 0 ? null : new Date(Date.UTC(2025, i % 6, 1)).toISOString(),
      }));
      const hostile = NAMES.map((displayName, i) => ({
        username: `hostile-${i}`,
        email: `${'long-'.repeat(12)}${i}@${'sub.'.repeat(30)}example.com`,
        displayName,
      }));
      await insertPeople(gateway, [...some, ...hostile]);
      const sql = openDatabase(gateway);
      await sql`
        insert into failure_counters (key, failures, locks, locked_until)
        select 'account:' || id, 5, 1, now() + interval '1 day' from users where username like '%-person-00_'`;
      await sql`
        insert into two_factors (user_id, sealed_secret, created_at, confirmed_at, last_step)
        select id, 'sealed', now(), now(), 0 from users where username like '%-person-01_'`;
    });

    const open = (path = '/console/people', options = {}): Promise<ConsoleVisitor> =>
      visitConsole(browser, gateway, admin, path, options);
    /** What the API answers first. */
    const listed = async (filter: UserFilter, size = 25): Promise<string[]> => {
      const { nodes } = await pageOf(gateway, admin.token, { filter, first: size });
      return nodes.map(({ username }) => username);
    };
    const searchField = (page: Page) => page.getByRole('searchbox', { name: 'Username, name or address' });
    const heading = (page: Page, name: string) => page.getByRole('columnheader', { name });
    const addressOf = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);

    describe.each(VIEWS)('in $name', ({ name, options }) => {
      it('is accessible and fits the window, with long and hostile names and without results', async () => {
        const visitor = await open('/console/people?q=hostile-&sort=username', options);
        const { page } = visitor;
        await expectPeople(
          page,
          NAMES.map((_, i) => `hostile-${i}`),
        );
        for (const text of NAMES) await page.getByText(text, { exact: true }).waitFor();
        await page.getByRole('status').getByText('6 people found').waitFor();
        await inspect(page, `people ${name}`);
        await page.goto('/console/people?q=no-such-person');
        await page.getByRole('heading', { name: 'Nobody found' }).waitFor();
        await page.getByText('0 people found').waitFor();
        await inspect(page, `people empty ${name}`);
        await leave(visitor);
      });
    });

    it('keeps the roles of a table when it shows cards', async () => {
      const visitor = await open('/console/people?q=hostile-', { viewport: { width: 360, height: 740 } });
      const { page } = visitor;
      await page.getByRole('table', { name: 'People' }).waitFor();
      expect(await page.getByRole('row').count()).toBe(NAMES.length + 1);
      expect(await page.getByRole('cell').count()).toBe(NAMES.length * 6);
      const snapshot = await page.getByRole('table').ariaSnapshot();
      expect(snapshot).toContain('- rowheader "hostile-0"');
      expect(snapshot).toContain('- columnheader "Created"');
      await leave(visitor);
    });

    it('fits the window with text of twice the size', async () => {
      const visitor = await open('/console/people?q=hostile-');
      await visitor.page.getByRole('table').waitFor();
      await visitor.page.evaluate('document.documentElement.style.fontSize = "200%"');
      await expectFits(visitor.page);
      await leave(visitor);
    });

    it.each(ORDERS)(
      'shows every person once, sorted by $field $direction, page by page and back',
      async (order) => {
        const visitor = await open();
        const { page } = visitor;
        const [title, sort] = HEADINGS[order.field];
        const [wanted, other] =
          order.direction === 'ASC' ? ['ascending', 'descending'] : ['descending', 'ascending'];
        await page.getByRole('table').waitFor();
        for (let presses = 0; presses < 2; presses += 1) {
          if ((await heading(page, title).getAttribute('aria-sort')) === wanted) break;
          await heading(page, title).getByRole('button').click();
          await expect.poll(() => heading(page, title).getAttribute('aria-sort')).toBeOneOf([wanted, other]);
        }
        expect(await heading(page, title).getAttribute('aria-sort')).toBe(wanted);
        const isDefault = order.field === 'CREATED_AT' && order.direction === 'DESC';
        if (!isDefault) expect(addressOf(page)).toMatchObject({ sort });

        const pages = await walk(gateway, admin.token, { orderBy: order, size: 25 });
        const expected = pages.map(({ nodes }) => nodes.map(({ username }) => username));
        expect(expected.length).toBe(3);
        for (const [index, usernames] of expected.entries()) {
          await expectPeople(page, usernames);
          if (index < expected.length - 1) await page.getByRole('button', { name: 'Next page' }).click();
        }
        expect(await page.getByRole('button', { name: 'Next page' }).isDisabled()).toBe(true);
        for (const usernames of expected.slice(0, -1).reverse()) {
          await page.getByRole('button', { name: 'Previous page' }).click();
          await expectPeople(page, usernames);
        }
        expect(await page.getByRole('button', { name: 'Previous page' }).isDisabled()).toBe(true);
        await leave(visitor);
      },
    );

    it('reads each page from its beginning, and says which it is', async () => {
      const visitor = await open('/console/people?sort=username');
      const { page } = visitor;
      await page.getByRole('button', { name: 'Next page' }).click();
      const second = (
        await walk(gateway, admin.token, { orderBy: { field: 'USERNAME', direction: 'ASC' }, size: 25 })
      )[1];
      const [first, last] = [second?.nodes[0]?.username, second?.nodes.at(-1)?.username];
      await page.getByRole('status').getByText(`This page: ${first} to ${last}`).waitFor();
      expect(await page.evaluate('document.activeElement.tagName')).toBe('SECTION');
      await leave(visitor);
    });

    describe('the search', () => {
      it('waits for a pause, keeps the focus, and replaces the entry of the history', async () => {
        const visitor = await open();
        const { page, asked } = visitor;
        await page.getByRole('table').waitFor();
        const entries = await page.evaluate<number>('history.length');
        const before = asked.filter((name) => name === 'People').length;
        await searchField(page).click();
        await page.keyboard.type('PERSON-02', { delay: 30 });
        await expectPeople(page, await listed({ search: 'person-02' }));
        expect(addressOf(page)).toEqual({ q: 'PERSON-02' });
        expect(await page.evaluate<number>('history.length')).toBe(entries);
        expect(asked.filter((name) => name === 'People').length).toBe(before + 1);
        expect(await page.evaluate('document.activeElement.name')).toBe('q');
        await page.getByRole('status').getByText('10 people found').waitFor();
        await leave(visitor);
      });

      it('searches at once for who presses Enter, and for text that looks like a number or code', async () => {
        const visitor = await open();
        const { page } = visitor;
        for (const text of ['012', '12', 'true', '{"a":1}', '%_\\', '<script>']) {
          await searchField(page).fill(text);
          await page.keyboard.press('Enter');
          await expect.poll(() => new URL(page.url()).searchParams.has('q')).toBe(true);
          await expect.poll(() => page.getByRole('status').first().textContent()).toMatch(/found$/);
          const expected = await listed({ search: text });
          await expectPeople(page, expected);
          await page.reload();
          await expect.poll(() => searchField(page).inputValue()).toBe(text);
          await expectPeople(page, expected);
        }
        await leave(visitor);
      });
    });

    describe('the filters', () => {
      it('select what the API selects, and can be cleared', async () => {
        const visitor = await open();
        const { page } = visitor;
        for (const [label, option, filter] of FILTERS) {
          await expectPeople(page, await listed({}));
          await page.getByLabel(label, { exact: true }).selectOption(option);
          await expectPeople(page, await listed(filter));
          await page.getByRole('button', { name: 'Clear the filters' }).click();
        }
        await expectPeople(page, await listed({}));
        expect(addressOf(page)).toEqual({});
        expect(await page.evaluate('document.activeElement.name')).toBe('q');
        await leave(visitor);
      });

      it('select by the days of the creation, both included, in the time zone of the user', async () => {
        const visitor = await open('/console/people', { timezoneId: 'Pacific/Auckland' });
        const { page } = visitor;
        await page.getByLabel('Created from').fill('2024-03-15');
        await page.getByLabel('Created until').fill('2024-05-15');
        await expectPeople(
          page,
          await listed({ createdAfter: '2024-03-14T10:59:59Z', createdBefore: '2024-05-15T12:00:00Z' }),
        );
        expect(addressOf(page)).toEqual({ from: '2024-03-15', to: '2024-05-15' });
        expect((await usernamesOn(page)).length).toBe(15);
        await leave(visitor);
      });

      it('can be cleared where nobody was found', async () => {
        const visitor = await open('/console/people?q=no-such-person&role=ADMIN');
        const { page } = visitor;
        await page.getByText('Nobody matches the search and all filters.').waitFor();
        await page
          .getByRole('main')
          .getByRole('region')
          .getByRole('button', { name: 'Clear the filters' })
          .click();
        await expectPeople(page, await listed({}));
        expect(await searchField(page).inputValue()).toBe('');
        await leave(visitor);
      });
    });

    describe('the address', () => {
      it('survives a reload, goes back and forward, and can be shared', async () => {
        const visitor = await open();
        const { page } = visitor;
        await expectPeople(page, await listed({}));
        await page.getByLabel('Address', { exact: true }).selectOption('Verified');
        await expectPeople(page, await listed({ emailVerified: true }));
        await heading(page, 'Username').getByRole('button').click();
        const expected = await walk(gateway, admin.token, {
          filter: { emailVerified: true },
          orderBy: { field: 'USERNAME', direction: 'ASC' },
          size: 25,
        });
        const [first = [], second = []] = expected.map(({ nodes }) => nodes.map(({ username }) => username));
        await expectPeople(page, first);
        await page.getByRole('button', { name: 'Next page' }).click();
        await expectPeople(page, second);
        const shared = page.url();

        await page.reload();
        await expectPeople(page, second);
        expect(await page.getByLabel('Address', { exact: true }).inputValue()).toBe('verified');
        await page.goBack();
        await expectPeople(page, first);
        await page.goBack();
        await expectPeople(page, await listed({ emailVerified: true }));
        await page.goBack();
        await expectPeople(page, await listed({}));
        await page.goForward();
        await page.goForward();
        await expectPeople(page, first);

        const colleague = await visitConsole(
          browser,
          gateway,
          await member(gateway, admin, 'ADMIN'),
          shared.replace(originOf(gateway), ''),
        );
        await expectPeople(colleague.page, second);
        await leave(colleague);
        await openDatabase(
          gateway,
        )`delete from users where email like 'mail-%' and role = 'ADMIN' and username <> ${admin.username}`;
        await leave(visitor);
      });

      it('with hostile or unknown values shows the whole list', async () => {
        const visitor = await open();
        const { page } = visitor;
        const expected = await listed({});
        for (const search of HOSTILE_SEARCHES) {
          await page.goto(`/console/people${search}`);
          await expectPeople(page, expected);
          expect(await heading(page, 'Created').getAttribute('aria-sort')).toBe('descending');
        }
        await leave(visitor);
      });

      it('refuses a cursor of another sort order, and shows the first page', async () => {
        const { pageInfo } = await pageOf(gateway, admin.token, { first: 5 });
        const visitor = await open(`/console/people?sort=email&after=${pageInfo.endCursor}`);
        const [first] = await walk(gateway, admin.token, {
          orderBy: { field: 'EMAIL', direction: 'ASC' },
          size: 25,
        });
        await expectPeople(visitor.page, first?.nodes.map(({ username }) => username) ?? []);
        expect(addressOf(visitor.page)).toEqual({ sort: 'email' });
        await leave(visitor);
      });

      it('says that the page of a shared link has become empty', async () => {
        const { pageInfo } = await pageOf(gateway, admin.token, { last: 1 });
        const visitor = await open(`/console/people?after=${pageInfo.endCursor}`);
        await visitor.page.getByRole('heading', { name: 'This page is empty' }).waitFor();
        await visitor.page.getByRole('button', { name: 'Go to the first page' }).click();
        await expectPeople(visitor.page, await listed({}));
        await leave(visitor);
      });
    });

    it('works by the keyboard alone: search, sort, open a person', async () => {
      const visitor = await open();
      const { page } = visitor;
      await page.getByRole('table').waitFor();
      const focused = () =>
        page.evaluate<string>('document.activeElement.textContent || document.activeElement.name');
      const tabTo = async (text: string) => {
        for (let i = 0; i < 40 && (await focused()) !== text; i += 1) await page.keyboard.press('Tab');
        expect(await focused()).toBe(text);
      };
      await tabTo('q');
      await page.keyboard.type('person-03');
      await expectPeople(page, await listed({ search: 'person-03' }));
      await tabTo('Username');
      await page.keyboard.press('Enter');
      await expect.poll(() => heading(page, 'Username').getAttribute('aria-sort')).toBe('ascending');
      await page.keyboard.press('Space');
      await expect.poll(() => heading(page, 'Username').getAttribute('aria-sort')).toBe('descending');
      const [first = ''] = (await listed({ search: 'person-03' })).sort().reverse();
      await expect.poll(() => usernamesOn(page).then(([top]) => top)).toBe(first);
      await tabTo(first);
      await page.keyboard.press('Enter');
      await page.getByText('All people').waitFor();
      await page.getByRole('term').getByText('Username').waitFor();
      await leave(visitor);
    });

    describe('when the gateway is slow or refuses', () => {
      it('keeps the old rows, dimmed, until the new ones are there, and does not wait for the count', async () => {
        const visitor = await open();
        const { page } = visitor;
        await page.getByText(/^\d+ people$/).waitFor();
        const before = await usernamesOn(page);
        await slowDown(page, 'query People(', 2000);
        await page.getByRole('button', { name: 'Next page' }).click();
        await page.locator('[aria-busy="true"]').waitFor();
        expect(await usernamesOn(page)).toEqual(before);
        await page.locator('[aria-busy="false"]').waitFor();
        expect(await usernamesOn(page)).not.toEqual(before);
        await page.unroute('**/graphql');
        await slowDown(page, 'CountPeople', 3000);
        await page.getByLabel('Role').selectOption('Staff');
        await expectPeople(page, await listed({ roles: ['STAFF'] }));
        await page.getByText('Counting …').waitFor();
        await page.getByText('3 people found').waitFor();
        await leave(visitor);
      });

      it('says what is wrong, keeps the filters, and tries again', async () => {
        const visitor = await open();
        const { page } = visitor;
        await page.getByRole('table').waitFor();
        await refuse(page, 'query People(', 'RATE_LIMITED', { retryAfter: 30 });
        await page.getByLabel('Role').selectOption('Staff');
        await page.getByRole('alert').getByText('Try again in 30 seconds.').waitFor();
        expect(await page.getByLabel('Role').inputValue()).toBe('STAFF');
        await page.unroute('**/graphql');
        await page.getByRole('button', { name: 'Try again' }).click();
        await expectPeople(page, await listed({ roles: ['STAFF'] }));
        await leave(visitor);
      });

      it('says that there is no network, and goes on when it is back', async () => {
        const visitor = await open();
        const { page, context } = visitor;
        await page.getByRole('table').waitFor();
        await context.setOffline(true);
        await page.getByLabel('Role').selectOption('Staff');
        await page.getByRole('alert').waitFor({ timeout: 60_000 });
        await context.setOffline(false);
        await page.getByRole('button', { name: 'Try again' }).click();
        await expectPeople(page, await listed({ roles: ['STAFF'] }));
        await leave(visitor);
      });
    });

    it('shows staff a field for the id instead, and asks for no list', async () => {
      const staff = await member(gateway, admin, 'STAFF');
      const visitor = await visitConsole(browser, gateway, staff, '/console/people?q=person');
      const { page, asked } = visitor;
      await inspectStaff(page);
      await page.getByLabel('Id of the person').fill('00000000-0000-4000-8000-000000000000');
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByText('Nobody has this id. Check it, and try again.').waitFor();
      await page.getByLabel('Id of the person').fill(` ${admin.id} `);
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByRole('heading', { name: admin.username, level: 1 }).waitFor();
      await page.getByText('Staff may edit customers only.').waitFor();
      expect(asked.filter((name) => !['Viewer', 'Person', 'RefreshToken', 'Refresh'].includes(name))).toEqual(
        [],
      );
      await leave(visitor);
    });

    const inspectStaff = async (page: Page) => {
      await page.getByRole('heading', { name: 'Open a person' }).waitFor();
      expect(await page.getByRole('link', { name: 'Invite' }).count()).toBe(0);
      await inspect(page, 'people staff light-1280');
    };

    it('gives customers no access, and asks for no list', async () => {
      const customer = await member(gateway, admin, 'CUSTOMER');
      const visitor = await visitConsole(browser, gateway, customer, '/console/people');
      const { page, asked } = visitor;
      await page.getByRole('heading', { name: 'No access' }).waitFor();
      await until('the viewer to be asked', () => asked.includes('Viewer'));
      expect(asked).not.toContain('People');
      expect(asked).not.toContain('CountPeople');
      await leave(visitor);
    });
  },
  'postgres',
);
