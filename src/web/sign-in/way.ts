/** A way to sign in. */
export type Way = 'password' | 'passkey' | { readonly provider: string };

/** For the one submission that all ways share, so that only one runs at a time. */
export function dataOf(way: Exclude<Way, 'password'>): FormData {
  const data = new FormData();
  if (way === 'passkey') data.set('passkey', '');
  else data.set('provider', way.provider);
  return data;
}

/** The form itself has none of these fields. */
export function wayIn(data: FormData): Way {
  const provider = data.get('provider');
  if (typeof provider === 'string') return { provider };
  return data.has('passkey') ? 'passkey' : 'password';
}
