import { randomInt } from 'node:crypto';
import type { Database } from '../../platform/database.js';
import type { UserStore } from '../accounts/index.js';

const MIN_LENGTH = 3;
const MAX_LENGTH = 32;
/** Longer texts are cut before they are normalized, which can take long. */
const MAX_SOURCE_LENGTH = 100;
/** Names with a number that are tried before random digits: `robin`, `robin2` … */
const MAX_NUMBER = 9;

/**
 * A free username like the one that the person has at the provider.
 * @param source the username at the provider, or an address
 * @param attempt 0 at first; higher if another person took the username meanwhile
 */
export async function chooseUsername(
  users: UserStore,
  tx: Database,
  source: string,
  attempt: number,
): Promise<string> {
  const base = toUsername(source);
  for (let number = 1; number <= MAX_NUMBER && attempt === 0; number++) {
    const candidate = withSuffix(base, number === 1 ? '' : String(number));
    if ((await users.findByUsernameWithPending(candidate, tx)) === undefined) return candidate;
  }
  return withSuffix(base, String(randomInt(10_000, 1_000_000)));
}

/** The part before `@`, without accents and other characters that a username cannot have. */
export function toUsername(source: string): string {
  const [local = ''] = source.slice(0, MAX_SOURCE_LENGTH).split('@', 1);
  const name = local
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_.-]/g, '')
    .slice(0, MAX_LENGTH);
  return name.length < MIN_LENGTH ? `user${name}` : name;
}

function withSuffix(base: string, suffix: string): string {
  return base.slice(0, MAX_LENGTH - suffix.length) + suffix;
}
