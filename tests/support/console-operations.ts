import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';
import { signInBrowser } from './account-page.js';
import type { Account } from './accounts.js';
import type { Gateway } from './gateway.js';
import { type Visitor, visit } from './pages.js';

/** A browser of somebody who has signed in. */
export async function visitAs(
  browser: Browser,
  gateway: Gateway,
  account: Account,
  options?: BrowserContextOptions,
): Promise<Visitor> {
  const visitor = await visit(browser, gateway, options);
  await signInBrowser(visitor, account);
  return visitor;
}

interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The operation that a request of a page runs. Undefined if it runs none. */
const operationOf = (request: Request): Operation | undefined =>
  request.url().endsWith('/graphql') && request.method() === 'POST'
    ? (request.postDataJSON() as Operation)
    : undefined;

/** Collects the variables with which the page runs the operations that have this field. */
export function variablesOf(page: Page, field: string): Operation['variables'][] {
  const found: Operation['variables'][] = [];
  page.on('request', (request) => {
    const operation = operationOf(request);
    if (operation?.query.includes(`${field}(`) || operation?.query.includes(`${field} {`)) {
      found.push(operation.variables);
    }
  });
  return found;
}

interface Fault {
  readonly field: string;
  /** The gateway refuses the operation with this code. Without a code the connection breaks. */
  readonly code?: string;
  readonly extensions?: object;
  /** The answer comes so much later. */
  readonly delayMs?: number;
}

/** Lets the operations that have a field fail or wait. Returns a function that ends the fault. */
export async function disturb(page: Page, { field, code, extensions, delayMs }: Fault) {
  await page.route('**/graphql', async (route) => {
    if (operationOf(route.request())?.query.includes(field) !== true) return route.fallback();
    if (delayMs !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return route.continue().catch(() => {});
    }
    if (code === undefined) return route.abort();
    const errors = [{ message: 'The words of the gateway.', extensions: { code, ...extensions } }];
    return route.fulfill({ json: { data: null, errors } });
  });
  return () => page.unroute('**/graphql');
}
