import {
  FinishPasskeyRegistrationDocument,
  type FinishPasskeyRegistrationInput,
  FinishPasskeySignInDocument,
  type FinishPasskeySignInInput,
  FirstStepForPasskeysDocument,
  MyPasskeysDocument,
  ReauthenticateByPasskeyDocument,
  RemovePasskeyDocument,
  RenamePasskeyDocument,
  SecondStepDocument,
  StartPasskeyReauthenticationDocument,
  StartPasskeyRegistrationDocument,
  StartPasskeySignInDocument,
} from '../generated/graphql.js';
import { type Account, registerAndVerify, type SignedIn, signIn } from './accounts.js';
import { type AssertionBend, SoftwareAuthenticator, type SoftwareOptions } from './authenticator.js';
import { expectData, type RunOptions } from './client.js';
import type { Gateway } from './gateway.js';

/** The origin of the gateway's own pages. An IP address is not an RP ID, so pages use `localhost`. */
export const pageOrigin = ({ port }: Pick<Gateway, 'port'>) => `http://localhost:${port}`;

export interface Ceremony {
  challengeToken: string;
  options: string;
}

export const startRegistration = (gateway: Gateway, token: string, password?: string) =>
  gateway.client.run(
    StartPasskeyRegistrationDocument,
    { input: password === undefined ? {} : { password } },
    { token },
  );

export const registrationOf = async (gateway: Gateway, token: string): Promise<Ceremony> =>
  expectData(await startRegistration(gateway, token)).startPasskeyRegistration;

export const finishRegistration = (
  gateway: Gateway,
  token: string,
  input: FinishPasskeyRegistrationInput,
  options: RunOptions = {},
) => gateway.client.run(FinishPasskeyRegistrationDocument, { input }, { token, ...options });

export const signInCeremony = async (gateway: Gateway): Promise<Ceremony> =>
  expectData(await gateway.client.run(StartPasskeySignInDocument, {})).startPasskeySignIn;

export const finishSignIn = (
  gateway: Gateway,
  input: Pick<FinishPasskeySignInInput, 'challengeToken' | 'credential'> & Partial<FinishPasskeySignInInput>,
  options?: RunOptions,
) => gateway.client.run(FinishPasskeySignInDocument, { input: input as FinishPasskeySignInInput }, options);

/** Runs a whole sign-in, whose assertion a test may bend. */
export async function signInBy(
  gateway: Gateway,
  authenticator: SoftwareAuthenticator,
  bend: AssertionBend = {},
  options?: RunOptions,
) {
  const { challengeToken, options: forBrowser } = await signInCeremony(gateway);
  return finishSignIn(gateway, { challengeToken, credential: authenticator.get(forBrowser, bend) }, options);
}

export async function signedInByPasskey(
  gateway: Gateway,
  authenticator: SoftwareAuthenticator,
): Promise<SignedIn> {
  return expectData(await signInBy(gateway, authenticator)).finishPasskeySignIn as SignedIn;
}

export const startReauthentication = (gateway: Gateway, token: string) =>
  gateway.client.run(StartPasskeyReauthenticationDocument, {}, { token });

export const reauthenticate = (
  gateway: Gateway,
  token: string,
  input: { challengeToken: string; credential: string },
) => gateway.client.run(ReauthenticateByPasskeyDocument, { input }, { token });

export const rename = (gateway: Gateway, token: string, id: string, name: string) =>
  gateway.client.run(RenamePasskeyDocument, { id, name }, { token });

export const remove = (gateway: Gateway, token: string, id: string) =>
  gateway.client.run(RemovePasskeyDocument, { id }, { token });

export async function passkeysOf(gateway: Gateway, token: string) {
  const { me } = expectData(await gateway.client.run(MyPasskeysDocument, {}, { token }));
  return me?.passkeys ?? [];
}

/** The challenge for the second factor, with the options for a passkey. */
export async function passkeyChallenge(
  gateway: Gateway,
  { username, password }: Pick<Account, 'username' | 'password'>,
): Promise<Ceremony & { methods: string[] }> {
  const input = { identifier: username, password };
  const { login } = expectData(await gateway.client.run(FirstStepForPasskeysDocument, { input }));
  if (login.__typename !== 'TwoFactorChallenge') throw new Error('The sign-in requires no second factor');
  const { challengeToken, methods, passkeyOptions } = login;
  return { challengeToken, methods, options: passkeyOptions ?? '' };
}

export const secondStepBy = (gateway: Gateway, challengeToken: string, credential: string) =>
  gateway.client.run(SecondStepDocument, { input: { challengeToken, credential } });

export interface PasskeyOwner extends Account {
  id: string;
  token: string;
  passkeyId: string;
  authenticator: SoftwareAuthenticator;
}

/** Registers a new passkey for a signed-in user. */
export async function addPasskey(
  gateway: Gateway,
  token: string,
  options: Partial<SoftwareOptions> = {},
  name?: string,
): Promise<Pick<PasskeyOwner, 'passkeyId' | 'authenticator'>> {
  const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway), ...options });
  const ceremony = await registrationOf(gateway, token);
  const credential = authenticator.create(ceremony.options);
  const input = { challengeToken: ceremony.challengeToken, credential, ...(name && { name }) };
  const added = expectData(await finishRegistration(gateway, token, input)).finishPasskeyRegistration;
  return { passkeyId: added.id, authenticator };
}

/** A signed-in user with one passkey. */
export async function passkeyOwner(
  gateway: Gateway,
  options: Partial<SoftwareOptions> = {},
): Promise<PasskeyOwner> {
  const account = await registerAndVerify(gateway);
  const { accessToken: token, user } = await signIn(gateway, account);
  return { ...account, id: user.id, token, ...(await addPasskey(gateway, token, options)) };
}

/** The input that answers a ceremony. */
export const answerTo = ({ challengeToken }: { challengeToken: string }, credential: string) => ({
  challengeToken,
  credential,
});
