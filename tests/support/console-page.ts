import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Role } from '../generated/graphql.js';
import { signInBrowser } from './account-page.js';
import type { Account } from './accounts.js';
import { type SignedInUser, startWithAdmin } from './administration.js';
import { openDatabase } from './database.js';
import type { Gateway } from './gateway.js';
import { startGateway } from './in-process.js';
import { type Visitor, visit } from './pages.js';
import { sleep } from './wait.js';

export interface ConsoleVisitor extends Visitor {
  /** The names of the operations that the pages have run. */
  readonly asked: string[];
}

/** A gateway with pages, on Postgres, and its first admin. */
export const startConsole = (): Promise<{ gateway: Gateway; admin: SignedInUser }> =>
  startWithAdmin((options) => startGateway({ listen: true, backend: 'postgres', ...options }));

/** Signs somebody in and opens a page. */
export async function visitConsole(
  browser: Browser,
  gateway: Gateway,
  account: Account,
  path: string,
  options: BrowserContextOptions = {},
): Promise<ConsoleVisitor> {
  const visitor = await visit(browser, gateway, options);
  await signInBrowser(visitor, account);
  const asked: string[] = [];
  visitor.page.on('request', (request) => {
    const name = /^\s*(?:query|mutation|fragment[\s\S]*?(?:query|mutation)) (\w+)/.exec(
      request.postData() ? textOf(request.postDataJSON()) : '',
    )?.[1];
    if (name !== undefined) asked.push(name);
  });
  await visitor.page.goto(path);
  return { ...visitor, asked };
}

const textOf = (body: { query?: string }): string => body.query ?? '';

export async function leave({ faults, context }: Visitor): Promise<void> {
  expect(faults).toEqual([]);
  await context.close();
}

/** The usernames of the rows, from the first to the last. */
export const usernamesOn = (page: Page): Promise<string[]> =>
  page.getByRole('region', { name: 'People' }).getByRole('rowheader').allTextContents();

/** Waits until the list shows these people, in this order. */
export const expectPeople = (page: Page, usernames: readonly string[]): Promise<void> =>
  expect.poll(() => usernamesOn(page), { timeout: 15_000 }).toEqual(usernames);

/** Holds up an operation of the page. */
export const slowDown = (page: Page, operation: string, ms: number): Promise<unknown> =>
  page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes(operation)) await sleep(ms);
    await route.continue();
  });

/** Refuses an operation of the page. */
export const refuse = (
  page: Page,
  operation: string,
  code: string,
  extensions: object = {},
): Promise<unknown> =>
  page.route('**/graphql', (route) =>
    route.request().postData()?.includes(operation)
      ? route.fulfill({
          json: { errors: [{ message: `Refused: ${code}.`, extensions: { code, ...extensions } }] },
        })
      : route.continue(),
  );

export interface Inserted {
  readonly username: string;
  readonly email?: string;
  readonly displayName?: string | null;
  readonly role?: Role;
  readonly isActive?: boolean;
  readonly emailVerified?: boolean;
  readonly createdAt?: string;
  readonly lastLoginAt?: string | null;
}

/** Accounts without a password, written into the database. */
export async function insertPeople(gateway: Gateway, people: readonly Inserted[]): Promise<void> {
  const rows = people.map((person) => {
    const { username, displayName = null, role = 'CUSTOMER', isActive = true, emailVerified = true } = person;
    const { email = `${username.toLowerCase()}@example.com`, createdAt = '2024-01-01T00:00:00Z' } = person;
    const search_text = [username, displayName ?? '', email].join('\n').toLowerCase();
    return {
      username,
      email,
      display_name: displayName,
      search_text,
      role,
      is_active: isActive,
      email_verified: emailVerified,
      created_at: createdAt,
      updated_at: createdAt,
      last_login_at: person.lastLoginAt ?? null,
    };
  });
  const sql = openDatabase(gateway);
  await sql`insert into users ${sql(rows)}`;
}

export async function idOf(gateway: Gateway, username: string): Promise<string> {
  const [row] = await openDatabase(gateway)`select id from users where username = ${username}`;
  return row?.id;
}
