import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Account, registerAndVerify } from './accounts.js';
import { openDatabase } from './database.js';
import type { Gateway } from './gateway.js';
import { type Visitor, visit } from './pages.js';
import { sleep } from './wait.js';

export interface Owner extends Visitor {
  readonly account: Account;
}

/** Signs a browser in, so that its pages have the cookie. */
export async function signInBrowser({ context }: Visitor, account: Account): Promise<void> {
  const { username: identifier, password } = account;
  const answer = await context.request.post('/graphql', {
    data: {
      query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
      variables: { input: { identifier, password, tokenDelivery: 'COOKIE' } },
    },
  });
  expect(await answer.json()).toEqual({ data: { login: { __typename: 'AuthPayload' } } });
}

export async function openAccountPage(page: Page): Promise<void> {
  await page.goto('/account');
  await page.getByRole('heading', { name: 'Your account', level: 1 }).waitFor();
  await page.getByRole('list', { name: 'Recent activity' }).waitFor();
}

/** The account page of somebody who has signed in. */
export async function visitAccount(
  browser: Browser,
  gateway: Gateway,
  given: { account?: Account; options?: BrowserContextOptions } = {},
): Promise<Owner> {
  const account = given.account ?? (await registerAndVerify(gateway));
  const visitor = await visit(browser, gateway, given.options);
  await signInBrowser(visitor, account);
  await openAccountPage(visitor.page);
  return { ...visitor, account };
}

/** The part of the page with this heading. */
export const cardOf = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true });

/** Everything that the page keeps, and its address. */
export const keptBy = (page: Page): Promise<string> =>
  page.evaluate<string>(
    'JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }, document.cookie, history.state])',
  );

/** Moves the last authentication of all sessions of a user into the past, so that changes ask for a new one. */
export async function letAuthenticationAge(gateway: Gateway, { username }: Account): Promise<void> {
  await openDatabase(gateway)`
    update sessions set authenticated_at = now() - interval '1 hour'
    where user_id = (select id from users where username = ${username})`;
}

/** What the page asks the gateway, held up for `ms`. */
export const slowDown = (page: Page, ms: number) =>
  page.route('**/graphql', async (route) => {
    await sleep(ms);
    await route.continue();
  });

/** Answers the mutations of the page with an error. */
export const refuse = (page: Page, code: string, extensions: object = {}, message = 'Refused.') =>
  page.route('**/graphql', (route) =>
    route.request().postData()?.includes('mutation') === true
      ? route.fulfill({ json: { data: null, errors: [{ message, extensions: { code, ...extensions } }] } })
      : route.continue(),
  );
