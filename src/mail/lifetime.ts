import type { MailName } from './templates.js';

/** How long the links in mails are valid, in minutes; `one-time-tokens/purpose.ts` says the same of their tokens. */
export const LINK_MINUTES: Partial<Readonly<Record<MailName, number>>> = {
  'verify-email': 24 * 60,
  'reset-password': 30,
  invitation: 72 * 60,
};

/** News without a link is worth sending for a day. */
const DEFAULT_MINUTES = 24 * 60;

const FIRST_PAUSE_SECONDS = 10;
/** No pause is longer than this share of the lifetime, so that a mail that becomes deliverable is still of use. */
const MAX_PAUSE_SHARE = 1 / 20;

/** Seconds after which a mail is no longer sent. */
export function lifetimeSeconds(template: MailName): number {
  return (LINK_MINUTES[template] ?? DEFAULT_MINUTES) * 60;
}

/**
 * The pause (seconds) before the next attempt: it doubles with each attempt and is shortened at random by up to a half,
 * so that mails that failed together are not retried together.
 */
export function retryPause(template: MailName, previousAttempts: number): number {
  const doubled = FIRST_PAUSE_SECONDS * 2 ** Math.min(previousAttempts, 20);
  const pause = Math.min(doubled, lifetimeSeconds(template) * MAX_PAUSE_SHARE);
  return pause * (1 - Math.random() / 2);
}
