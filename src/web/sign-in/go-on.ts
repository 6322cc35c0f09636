import { useEffect } from 'react';
import type { AuthState } from '../../client/index.js';
import { client, useAuthState } from '../kit/client.js';
import { returnTo } from '../kit/return-to.js';

/**
 * The state of the sign-in. When the user is signed in, by this tab or another one, the page goes on.
 * @param mayGoOn false while the page has to say something
 */
export function useSignInState(mayGoOn = true): AuthState {
  const state = useAuthState();
  const goesOn = mayGoOn && state.status === 'signedIn';
  useEffect(() => {
    if (goesOn) location.replace(returnTo());
  }, [goesOn]);
  return state;
}

/** After a sign-in the next page loads: until then the form stays as it is, so that nobody submits it twice. */
export async function untilGone(): Promise<void> {
  if (client.state.status === 'signedIn') await new Promise(() => {});
}

/** The address of another of these pages, which then also leads to where the user wanted to go. */
export function linkTo(path: string): string {
  const wanted = returnTo(location.search, '');
  return wanted === '' ? path : `${path}?${new URLSearchParams({ return_to: wanted })}`;
}
