import { LogoutDocument, MeDocument, RefreshTokenDocument } from '../generated/graphql.js';
import type { signIn } from './accounts.js';
import type { RunOptions } from './client.js';
import type { Gateway } from './gateway.js';
import { send } from './http.js';

/** The payload of a sign-in. */
export type Session = Awaited<ReturnType<typeof signIn>>;

export const me = (
  gateway: Gateway,
  { accessToken: token }: Pick<Session, 'accessToken'>,
  options: RunOptions = {},
) => gateway.client.run(MeDocument, {}, { ...options, token });

export const refresh = (
  gateway: Gateway,
  { refreshToken }: Pick<Session, 'refreshToken'>,
  options: RunOptions = {},
) => gateway.client.run(RefreshTokenDocument, { refreshToken }, options);

export const logout = (gateway: Gateway, { accessToken: token }: Pick<Session, 'accessToken'>) =>
  gateway.client.run(LogoutDocument, {}, { token });

/** The status and body of `/readyz`. */
export async function readiness(gateway: Gateway) {
  const { status, json } = await send(`${gateway.url}/readyz`);
  return { status, body: json as { readonly status?: string } };
}

/** The outcome of some work, and how long it took (ms). */
export async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now();
  return [await work, performance.now() - startedAt];
}
