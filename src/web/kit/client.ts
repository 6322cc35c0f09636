import { useSyncExternalStore } from 'react';
import { type AuthState, createAuthClient } from '../../client/index.js';

/** The refresh token is in an HttpOnly cookie, and the access token in the memory of the page only. */
export const client = createAuthClient({ url: '/graphql', live: true });

export function useAuthState(): AuthState {
  return useSyncExternalStore(client.subscribe, () => client.state);
}
