import { failedSignIn } from './auth-error.js';
import type { AuthErrorCode } from './types.js';

/*
 * The way to an identity provider and back, with a PKCE verifier (RFC 7636) that does not leave the tab.
 *
 * Attack: an attacker signs in at the provider, and makes the victim's browser open the address with the code, so that the
 * victim works in the attacker's account (RFC 9700 §4.7). The tab of the victim has no verifier for that code.
 */
const KEY = 'gatehouse verifier';

/** Keeps a new verifier in this tab, and returns its challenge. */
export async function beginVerifier(): Promise<string> {
  const verifier = crypto.randomUUID() + crypto.randomUUID();
  sessionStorage.setItem(KEY, verifier);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  // base64url: 32 bytes are 43 characters, and one of padding.
  const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return base64.replaceAll('+', '-').replaceAll('/', '_').slice(0, 43);
}

/**
 * Takes the code and the verifier. Both work once, so the code is removed from the address bar and the history, too.
 * @throws AuthError with the code in the address, or TOKEN_INVALID if this tab did not begin the sign-in
 */
export function takeCode(address = location.href): { code: string; codeVerifier: string } {
  const url = new URL(address, location.href);
  const isPage = url.href === location.href;
  const { code, error = '' } = Object.fromEntries(url.searchParams);
  url.searchParams.delete('code');
  url.searchParams.delete('error');
  if (isPage) history.replaceState(history.state, '', url);
  const codeVerifier = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (code && codeVerifier) return { code, codeVerifier };
  // Anybody can write the address, so it must not put a text of theirs on the page.
  throw failedSignIn(/^[A-Z_]+$/.test(error) ? (error as AuthErrorCode) : undefined);
}
