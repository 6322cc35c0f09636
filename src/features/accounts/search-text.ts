import { foldForSearch } from '../../platform/text.js';
import { displayAddress } from './email-address.js';

interface Searchable {
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string;
}

/** What a search for users looks through: names and addresses, one a line, folded. No name has a line break. */
export function searchTextOf({ username, displayName, email }: Searchable): string {
  const lines = new Set([username, displayName ?? '', email, displayAddress(email)]);
  return foldForSearch([...lines].join('\n'));
}
