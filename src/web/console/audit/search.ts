import { EVENT_TYPES } from '../../kit/event-words.js';
import type { AuditEventType } from '../generated/operations.js';

/** The filter and the page in the address bar. */
export interface AuditSearch {
  /** Event types, separated by commas. */
  readonly types?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly address?: string;
  /** ISO times in whole minutes. */
  readonly after?: string;
  readonly before?: string;
  /** The cursor before the page. */
  readonly page?: string;
}

export const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const ADDRESS = /^[0-9a-f.:]{2,45}$/i;
const MAX_CURSOR = 500;
const MINUTE_MS = 60_000;

/**
 * Drops what is not a filter, so that a wrong address shows all events. Every key is set: the router keeps what it read
 * itself for a key that is missing.
 */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const text = (name: string) => (typeof search[name] === 'string' ? search[name] : '');
  return {
    types: typesIn(text('types')).join(',') || undefined,
    actor: ID.exec(text('actor'))?.[0].toLowerCase(),
    subject: ID.exec(text('subject'))?.[0].toLowerCase(),
    address: ADDRESS.exec(text('address').trim())?.[0],
    after: minuteOf(text('after')),
    before: minuteOf(text('before')),
    page: text('page').slice(0, MAX_CURSOR) || undefined,
  };
}

/** The types in their order of the list, each once. */
export function typesIn(text = ''): AuditEventType[] {
  const names = text.split(',');
  return EVENT_TYPES.filter((type) => names.includes(type));
}

/** Fields of forms have times in whole minutes. */
function minuteOf(text: string): string | undefined {
  const time = Date.parse(text);
  if (Number.isNaN(time)) return undefined;
  const minute = new Date(Math.floor(time / MINUTE_MS) * MINUTE_MS).toISOString();
  return /^\d{4}-/.test(minute) ? minute : undefined;
}
