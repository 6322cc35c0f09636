import type { AuthState } from '../../client/index.js';

/**
 * The path to open after a sign-in: `return_to` in the address of the page.
 *
 * Attack: a link to this page with `return_to=//evil.example` or `return_to=https://evil.example` would send somebody who
 * has just signed in to a copy of this page, which asks for the password again (CWE-601). Browsers also read `\` as `/`,
 * and ignore tabs and line breaks. So the text is resolved as a browser does it, and must stay on this origin.
 */
export function returnTo(search = location.search, fallback = '/account'): string {
  const wanted = new URLSearchParams(search).get('return_to');
  if (wanted === null || !wanted.startsWith('/') || !URL.canParse(wanted, location.origin)) return fallback;
  const url = new URL(wanted, location.origin);
  // After `/..//evil.example` the path itself begins with two slashes.
  const isOwn = url.origin === location.origin && !url.pathname.startsWith('//');
  return isOwn ? url.pathname + url.search + url.hash : fallback;
}

/** The sign-in page. It leads back to the current page, unless the user has just signed out. */
export function signInPath(state: AuthState): string {
  if (state.status === 'signedOut' && state.reason === 'signedOut') return '/sign-in';
  const parameters = new URLSearchParams({ return_to: location.pathname + location.search });
  if (state.status === 'signedOut' && state.reason !== undefined) parameters.set('ended', state.reason);
  return `/sign-in?${parameters}`;
}
