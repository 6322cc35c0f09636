import { createHash, randomBytes } from 'node:crypto';
import {
  FinishProviderSignInDocument,
  type FinishProviderSignInMutation,
  LinkIdentityDocument,
  MyIdentitiesDocument,
  StartProviderSignInDocument,
} from '../generated/graphql.js';
import type { SignedIn } from './accounts.js';
import { expectData, type Result, type RunOptions } from './client.js';
import type { Gateway } from './gateway.js';
import { type Answer, send } from './http.js';
import { browse, type OpenIdProvider } from './openid-provider.js';

/** A page of the front end that has begun a sign-in. */
export interface Page {
  readonly codeVerifier: string;
  readonly authorizationUrl: string;
}

export type Finished = Result<FinishProviderSignInMutation>;

export const newVerifier = () => randomBytes(32).toString('base64url');
export const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

const inputFor = (provider: string, codeVerifier: string, returnTo?: string) => ({
  provider,
  codeChallenge: challengeOf(codeVerifier),
  ...(returnTo !== undefined && { returnTo }),
});

export async function begin(gateway: Gateway, provider: string, returnTo?: string): Promise<Page> {
  const codeVerifier = newVerifier();
  const input = inputFor(provider, codeVerifier, returnTo);
  const { startProviderSignIn } = expectData(
    await gateway.client.run(StartProviderSignInDocument, { input }),
  );
  return { codeVerifier, authorizationUrl: startProviderSignIn.authorizationUrl };
}

export async function beginLink(gateway: Gateway, token: string, provider: string): Promise<Page> {
  const codeVerifier = newVerifier();
  const input = inputFor(provider, codeVerifier);
  const { linkIdentity } = expectData(await gateway.client.run(LinkIdentityDocument, { input }, { token }));
  return { codeVerifier, authorizationUrl: linkIdentity.authorizationUrl };
}

/** The person signs in at the provider; returns the URL of the callback, not opened yet. */
export const atProvider = (gateway: Gateway, { authorizationUrl }: Page, sub?: string): Promise<string> =>
  browse(authorizationUrl, sub, (url) => url.startsWith(`${gateway.url}/`));

export const openCallback = (url: string): Promise<Answer> => send(url);

/** The parameters of the page that the callback leads to. */
export function landingOf({ headers, status }: Pick<Answer, 'headers' | 'status'>): Record<string, string> {
  if (status !== 303) throw new Error(`The callback does not redirect: ${status}`);
  const url = new URL(headers.location ?? '');
  if (url.pathname !== '/signed-in') throw new Error(`The callback leads to ${url.href}`);
  return Object.fromEntries(url.searchParams);
}

export const redeem = (
  gateway: Gateway,
  code: string,
  codeVerifier: string,
  options?: RunOptions,
): Promise<Finished> =>
  gateway.client.run(FinishProviderSignInDocument, { input: { code, codeVerifier } }, options);

/** The code that the front end gets after the person has signed in at the provider. */
export async function codeFor(gateway: Gateway, page: Page, sub: string): Promise<string> {
  const landing = landingOf(await openCallback(await atProvider(gateway, page, sub)));
  if (landing.code === undefined) throw new Error(`The callback failed: ${landing.error}`);
  return landing.code;
}

/** A whole sign-in; it may fail at its last step. */
export async function signInBy(
  gateway: Gateway,
  { id }: Pick<OpenIdProvider, 'id'>,
  sub: string,
): Promise<Finished> {
  const page = await begin(gateway, id);
  return redeem(gateway, await codeFor(gateway, page, sub), page.codeVerifier);
}

/** The payload of a completed sign-in. */
export function signedInTo(result: Finished): SignedIn {
  const payload = expectData(result).finishProviderSignIn;
  if (payload.__typename !== 'AuthPayload') throw new Error('The sign-in requires a second factor');
  return payload as SignedIn;
}

/** Links an account at the provider to the account of the session. */
export async function linkBy(
  gateway: Gateway,
  { id }: Pick<OpenIdProvider, 'id'>,
  sub: string,
  token: string,
): Promise<Finished> {
  const page = await beginLink(gateway, token, id);
  return redeem(gateway, await codeFor(gateway, page, sub), page.codeVerifier);
}

export async function identitiesOf(gateway: Gateway, token: string) {
  const { me } = expectData(await gateway.client.run(MyIdentitiesDocument, {}, { token }));
  return { hasPassword: me?.hasPassword, identities: me?.identities ?? [] };
}
