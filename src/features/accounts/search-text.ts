import { foldForSearch } from '../../platform/text.js';
import { displayAddress } from './email-address.js';
import type { User } from './user.model.js';

type Searchable = Pick<User, 'username' | 'displayName' | 'email'>;

/**
 * The text that a user search scans: case-folded names and addresses, one per line. None has a line break.
 */
export function buildSearchText({ username, displayName, email }: Searchable): string {
  const lines = new Set([username, displayName ?? '', email, displayAddress(email)]);
  return foldForSearch([...lines].join('\n'));
}
