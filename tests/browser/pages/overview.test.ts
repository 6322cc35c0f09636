import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AccountTotalsDocument,
  AuthStatisticsDocument,
  DeactivateUserDocument,
} from '../../generated/graphql.js';
import { login, registerAndVerify, signIn } from '../../support/accounts.js';
import { invited, member, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { describeInBrowser, launchBrowser } from '../../support/browser.js';
import { expectData } from '../../support/client.js';
import { disturb, variablesOf, visitAs } from '../../support/console-operations.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';
import { inspect, VIEWS } from '../../support/pages.js';
import { until } from '../../support/wait.js';

const DAY_MS = 86_400_000;
const TITLES = [
  'Sign-ins and failures',
  'Lockouts',
  'New accounts',
  'Password resets',
  'Reused tokens',
] as const;
const FIGURES = {
  'Sign-ins and failures': ['signIns', 'failedSignIns'],
  Lockouts: ['lockouts'],
  'New accounts': ['registrations'],
  'Password resets': ['passwordResets'],
  'Reused tokens': ['tokenReuses'],
} as const;

type Range = { from: string; to: string; interval: 'HOUR' | 'DAY' };

describeInBrowser(
  'the overview',
  () => {
    let gateway: Gateway;
    let browser: Browser;
    let admin: SignedInUser;
    let staff: SignedInUser;

    beforeAll(async () => {
      browser = await launchBrowser();
      ({ gateway, admin } = await startWithAdmin(
        (options) => startGateway({ ...options, backend: 'postgres', listen: true }),
        { LOCKOUT_THRESHOLD: '3' },
      ));
      const account = await registerAndVerify(gateway);
      for (let guesses = 0; guesses < 3; guesses++) {
        await login(gateway, { username: account.username, password: 'not-the-right-one' });
      }
      await signIn(gateway, await registerAndVerify(gateway));
      staff = await member(gateway, admin, 'STAFF');
      const { id } = await invited(gateway, admin);
      expectData(await gateway.client.run(DeactivateUserDocument, { id }, { token: admin.token }));
      await openDatabase(gateway)`
        insert into audit_events (type, created_at)
        select kind::audit_event_type, now() - number * interval '13 hours'
        from generate_series(1, 180) number,
          unnest(array['LOGIN_SUCCEEDED', 'LOGIN_FAILED', 'USER_CREATED', 'ACCOUNT_LOCKED']) with ordinality kinds (kind, at),
          generate_series(1, (number * 7) % 5 + 4 - at::int)`;
    });

    async function open(path: string, options?: BrowserContextOptions, who = admin) {
      const visitor = await visitAs(browser, gateway, who, options);
      const asked = variablesOf(visitor.page, 'authStatistics');
      await visitor.page.goto(path);
      return { ...visitor, asked };
    }
    const shown = (page: Page) =>
      cardOf(page, 'Reused tokens')
        .getByText(/ reused tokens? /)
        .first()
        .waitFor();
    const cardOf = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true });
    const chosen = (page: Page, label: 'Period' | 'Interval') =>
      page.getByRole('group', { name: label }).locator('[aria-current]').textContent();

    const statistics = async (range: Range) =>
      expectData(await gateway.client.run(AuthStatisticsDocument, range, { token: admin.token }))
        .authStatistics;

    /** The rows of a table, oldest first: the heading of the row, then its figures. */
    async function rowsOf(page: Page, title: string): Promise<string[][]> {
      await cardOf(page, title).locator('summary').click();
      const [text = ''] = await cardOf(page, title).locator('tbody').allInnerTexts();
      return text
        .split('\n')
        .map((row) => row.split('\t'))
        .toReversed();
    }

    describe.each(VIEWS)('in $name', ({ name, options }) => {
      it('is accessible and fits the window', async () => {
        const { page, faults, context } = await open('/console?range=30d', options);
        await page.locator('.recharts-area-curve').first().waitFor();
        await inspect(page, `overview ${name}`);
        expect(faults).toEqual([]);
        await context.close();
      });

      it('is accessible and fits the window without figures', async () => {
        const path = '/console?range=own&from=2020-01-01&to=2020-01-07';
        const { page, faults, context } = await open(path, options);
        const period = 'from Jan 1, 2020 to Jan 7, 2020.';
        await page.getByText(`No sign-ins and no failures ${period}`).waitFor();
        await page.getByText(`No lockouts ${period}`).waitFor();
        expect(await page.locator('.recharts-surface').count()).toBe(0);
        await inspect(page, `overview-empty ${name}`);
        expect(faults).toEqual([]);
        await context.close();
      });
    });

    it('is accessible and fits a phone with all tables and an own period', async () => {
      const { page, faults, context } = await open(
        `/console?range=own&from=${day(-3)}&to=${day(0)}`,
        VIEWS[2]?.options,
      );
      await page.locator('.recharts-area-curve').first().waitFor();
      for (const title of TITLES) await rowsOf(page, title);
      await inspect(page, 'overview-tables');
      expect(faults).toEqual([]);
      await context.close();
    });

    const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);
    const PERIODS: [path: string, days: number, interval: 'HOUR' | 'DAY', words: string][] = [
      ['/console', 7, 'DAY', 'in the last 7 days'],
      ['/console?interval=hour', 7, 'HOUR', 'in the last 7 days'],
      ['/console?range=24h', 1, 'HOUR', 'in the last 24 hours'],
      ['/console?range=30d', 30, 'DAY', 'in the last 30 days'],
      ['/console?range=90d', 90, 'DAY', 'in the last 90 days'],
    ];

    it.each(PERIODS)('shows exactly what the API says: %s', async (path, days, interval, words) => {
      const { page, faults, context, asked } = await open(path);
      await shown(page);
      const [range] = asked as Range[];
      if (range === undefined) throw new Error('The page asked nothing');
      expect(range.interval).toBe(interval);
      expect(Date.parse(range.to) - Date.parse(range.from)).toBe(days * DAY_MS);
      expect(Date.parse(range.to)).toBeGreaterThan(Date.now());

      const counts = await statistics(range);
      for (const title of TITLES) {
        const rows = await rowsOf(page, title);
        const figures = rows.map(([, ...texts]) => texts.map((text) => Number(text.replaceAll(',', ''))));
        expect(figures, title).toEqual(counts.map((one) => FIGURES[title].map((figure) => one[figure])));
        // Only the last interval is not over.
        expect(rows.map(([heading]) => heading?.endsWith(' (so far)'))).toEqual(
          counts.map((_, at) => at === counts.length - 1),
        );
      }
      const sum = (figure: 'signIns' | 'failedSignIns') =>
        counts.reduce((total, one) => total + one[figure], 0).toLocaleString('en-US');
      const sentence = `${sum('signIns')} sign-ins and ${sum('failedSignIns')} failures ${words}; most failures on `;
      const summary = (await cardOf(page, 'Sign-ins and failures').locator('figcaption').textContent()) ?? '';
      expect(summary.slice(0, sentence.length)).toBe(sentence);
      const peak = counts.toSorted((a, b) => b.failedSignIns - a.failedSignIns)[0]?.start ?? '';
      expect(summary).toContain(
        new Date(peak).toLocaleDateString('en-US', { month: 'long', day: 'numeric', timeZone: 'UTC' }),
      );
      expect(faults).toEqual([]);
      await context.close();
    });

    it('shows real events: sign-ins, failures, a lockout, registrations and password resets', async () => {
      const { page, context } = await open('/console?range=24h');
      await shown(page);
      const last = async (title: string) => (await rowsOf(page, title)).at(-1)?.slice(1).map(Number);
      const [signIns = 0, failures = 0] = (await last('Sign-ins and failures')) ?? [];
      expect(signIns).toBeGreaterThanOrEqual(3);
      expect(failures).toBeGreaterThanOrEqual(3);
      for (const title of ['Lockouts', 'New accounts', 'Password resets']) {
        expect((await last(title))?.[0], title).toBeGreaterThanOrEqual(1);
      }
      await context.close();
    });

    it('draws lines that differ without colour, and marks the interval that is not over', async () => {
      const { page, faults, context } = await open('/console');
      const lines = cardOf(page, 'Sign-ins and failures').locator('.recharts-area-curve');
      await lines.first().waitFor();
      expect(await lines.count()).toBe(2);
      const dashes = await page.evaluate<string[]>(
        '[...document.querySelectorAll(".recharts-area-curve")].map((line) => line.getAttribute("stroke-dasharray"))',
      );
      expect(new Set(dashes).size).toBe(2);
      expect(await cardOf(page, 'Sign-ins and failures').getByText('so far', { exact: true }).count()).toBe(
        1,
      );
      expect(await cardOf(page, 'New accounts').locator('path[stroke-dasharray="3 2"]').count()).toBe(1);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('shows the totals of the API, with links to the same people', async () => {
      const { page, faults, context } = await open('/console');
      const { accountTotals } = expectData(
        await gateway.client.run(AccountTotalsDocument, {}, { token: admin.token }),
      );
      const totals = page.getByRole('region', { name: 'Totals' });
      await totals.waitFor();
      await totals.getByText('…').first().waitFor({ state: 'detached' });
      const text = (await totals.getByRole('listitem').allInnerTexts()).map((one) => one.split(/\n+/));
      expect(text).toEqual([
        ['Accounts', String(accountTotals.users)],
        ['Live sessions', String(accountTotals.liveSessions)],
        ['With a second factor', String(accountTotals.twoFactorEnabled)],
        ['With a passkey', String(accountTotals.withPasskey)],
        ['Admins', String(accountTotals.admins)],
        ['Staff', String(accountTotals.staff)],
        ['Locked now', String(accountTotals.locked)],
        ['Deactivated', String(accountTotals.deactivated)],
      ]);
      const links: [label: string, search: string, total: number][] = [
        ['Accounts', '', accountTotals.users],
        ['With a second factor', '?twoFactor=on', accountTotals.twoFactorEnabled],
        ['Admins', '?role=ADMIN', accountTotals.admins],
        ['Staff', '?role=STAFF', accountTotals.staff],
        ['Locked now', '?lock=locked', accountTotals.locked],
        ['Deactivated', '?account=deactivated', accountTotals.deactivated],
      ];
      for (const [label, search, total] of links) {
        await totals.getByRole('link', { name: label }).click();
        await page.waitForURL(`**/console/people${search}`);
        await page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
        if (total > 0)
          await page
            .locator('tbody tr')
            .nth(total - 1)
            .waitFor();
        expect(await page.locator('tbody tr').count(), label).toBe(total);
        await page.goBack();
        await totals.waitFor();
      }
      expect(faults).toEqual([]);
      await context.close();
    });

    it('keeps the period in the address bar', async () => {
      const { page, faults, context, asked } = await open('/console');
      await shown(page);
      await page.getByRole('link', { name: 'By hour' }).click();
      await page.waitForURL('**/console?interval=hour');
      await page.getByRole('link', { name: '30 days' }).click();
      await page.waitForURL('**/console?range=30d');
      await page.getByText('in the last 30 days').first().waitFor();
      expect([await chosen(page, 'Period'), await chosen(page, 'Interval')]).toEqual(['30 days', 'By day']);
      expect(await page.getByRole('link', { name: 'Overview' }).getAttribute('aria-current')).toBe('page');

      await page.reload();
      await page.getByText('in the last 30 days').first().waitFor();
      await page.goBack();
      await page.waitForURL('**/console?interval=hour');
      await page.getByText('Hours are in UTC.').waitFor();
      expect([await chosen(page, 'Period'), await chosen(page, 'Interval')]).toEqual(['7 days', 'By hour']);

      const shared = await context.newPage();
      await shared.goto('/console?range=90d');
      await shared.getByText('in the last 90 days').first().waitFor();
      expect(asked.map(({ interval }) => interval)).toEqual(['DAY', 'HOUR', 'DAY', 'DAY', 'HOUR']);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('shows an own period, and says what is wrong with one', async () => {
      const { page, faults, context, asked } = await open('/console');
      await page.getByRole('link', { name: 'Own period' }).click();
      await page.waitForURL('**/console?range=own*');
      const [first, last] = [page.getByLabel('First day (UTC)'), page.getByLabel('Last day (UTC)')];
      expect([await first.inputValue(), await last.inputValue()]).toEqual([day(-6), day(0)]);
      const show = async (from: string, to: string) => {
        await first.fill(from);
        await last.fill(to);
        await page.getByRole('button', { name: 'Show' }).click();
      };
      await show('2026-03-05', '2026-03-04');
      await page.getByText('Must not be before the first day.').waitFor();
      expect(await page.evaluate('document.activeElement.name')).toBe('to');
      await show('2024-01-01', '2026-03-04');
      await page.getByText('Choose at most 400 days; these are 794.').waitFor();
      await show('2026-03-04', '2026-03-05');
      await page.waitForURL('**/console?range=own&from=2026-03-04&to=2026-03-05');
      await page.getByText('from Mar 4, 2026 to Mar 5, 2026').first().waitFor();
      expect(asked.at(-1)).toEqual({
        from: '2026-03-04T00:00:00.000Z',
        to: '2026-03-06T00:00:00.000Z',
        interval: 'DAY',
      });
      await page.getByRole('link', { name: 'By hour' }).click();
      await until('the hours', () => asked.at(-1)?.interval === 'HOUR');
      await show('2026-03-04', '2026-03-04');
      await page.getByText('on Mar 4, 2026').first().waitFor();
      expect(await page.getByRole('group', { name: 'Interval' }).textContent()).toBe('By hour');
      expect(faults).toEqual([]);
      await context.close();
    });

    const HOSTILE = [
      'range=1000y',
      'range=__proto__&interval=constructor',
      'range=toString',
      'range[]=7d&interval[]=hour',
      'range=own',
      'range=own&from=2026-02-30&to=2026-03-01',
      'range=own&from=2026-03-02&to=2026-03-01',
      'range=own&from=0001-01-01&to=9999-12-31',
      'range=own&from=%3Cscript%3Ealert(1)%3C/script%3E&to=2026-01-01',
      'range=%22%00%22&interval=%F0%9F',
      'interval=minute',
      'range=7&from=1&to=true',
      '%ff%fe=&&&==',
    ];

    it('shows the last seven days for an address that is no period', async () => {
      const { page, faults, context, asked } = await open('/console');
      await shown(page);
      for (const search of HOSTILE) {
        await page.goto(`/console?${search}`);
        await shown(page);
        expect([await chosen(page, 'Period'), await chosen(page, 'Interval')], search).toEqual([
          '7 days',
          'By day',
        ]);
      }
      expect(new Set(asked.map((range) => JSON.stringify(range))).size).toBe(1);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('works by keyboard alone', async () => {
      const { page, faults, context } = await open('/console');
      await page.locator('.recharts-area-curve').first().waitFor();
      const tabTo = async (what: string, isThere: string) => {
        for (let presses = 0; presses < 60; presses++) {
          await page.keyboard.press('Tab');
          if (await page.evaluate(`document.activeElement.matches('${isThere}')`)) return;
        }
        throw new Error(`The focus did not reach ${what}`);
      };
      await tabTo('the chart', 'svg[role=application]');
      await page.keyboard.press('ArrowRight');
      const figures = page.getByRole('status').filter({ hasText: 'Failures' });
      const before = await figures.textContent();
      await page.keyboard.press('ArrowRight');
      await until('the figures of the next day', async () => (await figures.textContent()) !== before);
      await tabTo('the table', 'summary');
      await page.keyboard.press('Enter');
      await page.getByRole('region', { name: 'Table: Sign-ins and failures' }).waitFor();

      await page.evaluate('scrollTo(0, 0); document.querySelector("h1").focus()');
      await tabTo('the periods', 'a[href="/console?range=30d"]');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/console?range=30d');
      await page.getByText('in the last 30 days').first().waitFor();
      expect(await page.evaluate('document.activeElement.textContent')).toBe('30 days');
      expect(faults).toEqual([]);
      await context.close();
    });

    it('loads the charts in a chunk of their own, only for the overview, and nothing moves when they come', async () => {
      const { page, faults, context } = await visitAs(browser, gateway, admin);
      const loaded: string[] = [];
      page.on('request', (request) => {
        if (/\/assets\/charts-.*\.js$/.test(request.url())) loaded.push(request.url());
      });
      for (const [path, heading] of [
        ['/account', 'Your account'],
        ['/console/people', 'People'],
        ['/console/audit', 'Audit log'],
      ] as const) {
        await page.goto(path);
        await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
      }
      expect(loaded).toEqual([]);

      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route('**/assets/charts-*.js', async (route) => {
        await held;
        await route.continue();
      });
      await page.goto('/console');
      await shown(page);
      const tops = () =>
        page.evaluate('[...document.querySelectorAll("h2")].map((one) => one.getBoundingClientRect().top)');
      const before = await tops();
      expect(await page.locator('.recharts-surface').count()).toBe(0);
      release();
      await page.locator('.recharts-area-curve').first().waitFor();
      expect(await tops()).toEqual(before);
      expect(loaded).toHaveLength(1);
      expect(faults).toEqual([]);
      await context.close();
    });

    it('shows the figures as tables if the charts cannot be loaded', async () => {
      const { page, context } = await visitAs(browser, gateway, admin);
      await page.route('**/assets/charts-*.js', (route) => route.abort());
      await page.goto('/console');
      await page.getByText('The chart could not be loaded.').first().waitFor();
      expect(await rowsOf(page, 'Lockouts')).toHaveLength(7);
      await context.close();
    });

    it('says that it loads while the gateway is slow, and keeps the old figures while the next are loaded', async () => {
      const { page, faults, context } = await visitAs(browser, gateway, admin);
      const calm = await disturb(page, { field: 'authStatistics', delayMs: 2000 });
      await page.goto('/console');
      await page.getByRole('status').filter({ hasText: 'Loading …' }).first().waitFor();
      await shown(page);
      await page.getByRole('link', { name: '90 days' }).click();
      await page.locator('figcaption').filter({ hasText: 'Loading …' }).first().waitFor();
      expect(await page.locator('.recharts-area-curve').count()).toBe(2);
      await page.getByText('in the last 90 days').first().waitFor();
      await calm();
      expect(faults).toEqual([]);
      await context.close();
    });

    const FAILURES: [fault: { code?: string; extensions?: object }, words: RegExp][] = [
      [{ code: 'RATE_LIMITED', extensions: { retryAfter: 30 } }, /Try again in 30 seconds/],
      [
        { code: 'INTERNAL_SERVER_ERROR', extensions: { requestId: 'abc-123' } },
        /Report this code if it happens again: abc-123/,
      ],
      [{ code: 'BAD_USER_INPUT' }, /The words of the gateway/],
      [{ code: 'FORBIDDEN' }, /The words of the gateway/],
      // The connection breaks.
      [{}, /network|connect|available/i],
    ];

    it('shows each failure in words, and loads again', async () => {
      const { page, context } = await visitAs(browser, gateway, admin);
      for (const [at, [fault, words]] of FAILURES.entries()) {
        const calm = await disturb(page, {
          field: at % 2 === 0 ? 'authStatistics' : 'accountTotals',
          ...fault,
        });
        await page.goto('/console');
        const alert = page.getByRole('alert');
        await alert.waitFor();
        expect(await alert.textContent()).toMatch(words);
        await calm();
        await alert.getByRole('button', { name: 'Try again' }).click();
        await alert.waitFor({ state: 'detached' });
        await shown(page);
      }
      await context.close();
    });

    it('shows a failure in place of the figures of another period', async () => {
      const { page, context } = await open('/console');
      await shown(page);
      await disturb(page, { field: 'authStatistics', code: 'INTERNAL_SERVER_ERROR' });
      await page.getByRole('link', { name: '90 days' }).click();
      await page.getByRole('alert').waitFor();
      expect(await page.locator('figcaption').count()).toBe(0);
      expect(await chosen(page, 'Period')).toBe('90 days');
      await context.close();
    });

    it('sends staff to the people, and asks nothing that staff may not read', async () => {
      const visitor = await visitAs(browser, gateway, staff);
      const { page, faults, context } = visitor;
      const asked = [variablesOf(page, 'authStatistics'), variablesOf(page, 'accountTotals')];
      await page.goto('/console?range=30d');
      await page.waitForURL('**/console/people*');
      await page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
      expect(await page.getByRole('link', { name: 'Overview' }).count()).toBe(0);
      expect(asked).toEqual([[], []]);
      expect(faults).toEqual([]);
      await context.close();
    });
  },
  'postgres',
);
