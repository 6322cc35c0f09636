import type { Route } from 'playwright-core';

/** The endpoint of the gateway, for `page.route`. */
export const GRAPHQL = '**/graphql';

/** Whether the request runs this operation. */
const runs = (route: Route, field: string): boolean => {
  const { query = '' } = (route.request().postDataJSON() ?? {}) as { query?: string };
  return new RegExp(`\\b${field}\\b *[({]`).test(query);
};

/** The gateway refuses an operation with a code. */
export const refusing =
  (field: string, code: string, details: object = {}) =>
  async (route: Route): Promise<void> => {
    if (!runs(route, field)) return route.fallback();
    const extensions = { code, ...details };
    const message = WORDS[code] ?? 'The words of the gateway.';
    await route.fulfill({ json: { errors: [{ message, extensions }] } });
  };

/** The gateway answers an operation late. */
export const slow =
  (field: string, delayMs: number, onRequest: () => void = () => {}) =>
  async (route: Route): Promise<void> => {
    if (!runs(route, field)) return route.fallback();
    onRequest();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await route.continue().catch(() => {});
  };

/** The connection breaks. */
export const broken =
  (field: string) =>
  async (route: Route): Promise<void> =>
    runs(route, field) ? route.abort() : route.fallback();

/** Messages of the gateway that the pages change. */
const WORDS: Readonly<Record<string, string>> = {
  ACCOUNT_DISABLED: 'The account is deactivated. Contact support.',
  ACCOUNT_LOCKED: 'Too many wrong passwords or codes. Try again later.',
  RATE_LIMITED: 'Too many requests. Try again later.',
  SERVICE_UNAVAILABLE: 'The service is not available right now. Try again later.',
};
