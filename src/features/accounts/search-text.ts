import { foldForSearch } from '../../platform/text.js';
import { displayAddress } from './email-address.js';

interface SearchableUser {
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string;
}

/**
 * The text that a user search scans: case-folded names and addresses, one per line. None has a line break.
 */
export function buildSearchText({ username, displayName, email }: SearchableUser): string {
  const lines = new Set([username, displayName ?? '', email, displayAddress(email)]);
  return foldForSearch([...lines].join('\n'));
}
