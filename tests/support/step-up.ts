import type { Result, RunOptions } from './client.js';
import { openDatabase } from './database.js';
import type { Gateway } from './gateway.js';

export interface Reauthenticated {
  reauthenticate: { accessToken: string; tokenType: string; expiresIn: number; authenticatedAt: string };
}

/** Authenticates again in the session of a token. */
export const reauthenticate = (gateway: Gateway, token: string, input: object, options: RunOptions = {}) =>
  gateway.client.runRaw(
    `mutation ($input: ReauthenticateInput!) {
      reauthenticate(input: $input) { accessToken tokenType expiresIn authenticatedAt } }`,
    { input },
    { token, ...options },
  ) as Promise<Result<Reauthenticated>>;

/** Moves the last authentication of a session into the past. */
export async function letGrowOld(
  gateway: Pick<Gateway, 'database'>,
  sessionId: string,
  seconds = 3600,
): Promise<void> {
  await openDatabase(gateway)`
    update sessions set authenticated_at = now() - make_interval(secs => ${seconds}) where id = ${sessionId}`;
}
