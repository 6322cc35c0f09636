import Negotiator from 'negotiator';
import { lruCache } from '../platform/lru-cache.js';

/** The first is sent if the client prefers none. */
const RESPONSE_TYPES = [
  'application/json; charset=utf-8',
  'application/graphql-response+json; charset=utf-8',
];

/** Clients send few different headers. Longer ones are not cached. */
const MAX_CACHED = { entries: 100, length: 200 } as const;
const known = lruCache<{ readonly type: string | undefined }>(MAX_CACHED.entries);

/** The media type of the response by the Accept header; undefined if the client accepts none of them. */
export function responseType(accept: string | undefined): string | undefined {
  if (accept === undefined) return RESPONSE_TYPES[0];
  const cached = known.get(accept);
  if (cached !== undefined) return cached.type;
  const type = new Negotiator({ headers: { accept } }).mediaType(RESPONSE_TYPES);
  if (accept.length <= MAX_CACHED.length) known.set(accept, { type });
  return type;
}
