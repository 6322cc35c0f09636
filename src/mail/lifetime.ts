import type { MailName } from './templates.js';

/** How long the links in mails are valid. Must equal the lifetimes of their tokens in `one-time-tokens/purpose.ts`. */
export const LINK_MINUTES: Partial<Readonly<Record<MailName, number>>> = {
  'verify-email': 24 * 60,
  'reset-password': 30,
  invitation: 72 * 60,
};

/** For mails without a link. */
const DEFAULT_MINUTES = 24 * 60;

const FIRST_PAUSE_SECONDS = 10;
/** No pause is longer than this share of the lifetime, so that the link is still valid when the mail arrives. */
const MAX_PAUSE_SHARE = 1 / 20;

/** After this time, a mail is no longer sent. */
export function lifetimeSeconds(template: MailName): number {
  return (LINK_MINUTES[template] ?? DEFAULT_MINUTES) * 60;
}

/**
 * Seconds until the next attempt: exponential backoff with jitter, so that mails that failed together are not retried
 * together.
 */
export function retryPause(template: MailName, previousAttempts: number): number {
  const doubled = FIRST_PAUSE_SECONDS * 2 ** Math.min(previousAttempts, 20);
  const pause = Math.min(doubled, lifetimeSeconds(template) * MAX_PAUSE_SHARE);
  return pause * (1 - Math.random() / 2);
}
