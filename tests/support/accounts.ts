import { randomBytes } from 'node:crypto';
import {
  LoginDocument,
  type LoginInput,
  type LoginMutation,
  RegisterDocument,
  VerifyEmailDocument,
} from '../generated/graphql.js';
import { expectData, type Result, type RunOptions } from './client.js';
import type { Gateway } from './gateway.js';
import { hasToken, type Mail, tokenIn } from './mailbox.js';

export const STRONG_PASSWORD = 'SecurePassword123!';

export interface Account {
  username: string;
  email: string;
  password: string;
}

/** An account with a unique username and address. The default password contains neither. */
export function someone(given: Partial<Account> = {}): Account {
  const id = randomBytes(6).toString('hex');
  return { username: `user-${id}`, email: `mail-${id}@example.com`, password: STRONG_PASSWORD, ...given };
}

export async function register(gateway: Gateway, account: Account, options?: RunOptions) {
  const { username, email, password } = account;
  const input = { username, email, password, confirmPassword: password };
  return gateway.client.run(RegisterDocument, { input }, options);
}

/** The first mail with a link to this address. */
export const verificationMail = (gateway: Gateway, email: string): Promise<Mail> =>
  gateway.mail.waitForMail(email, hasToken);

/** An account that can sign in, created by registration and verification. */
export async function registerAndVerify(gateway: Gateway, given: Partial<Account> = {}): Promise<Account> {
  const account = someone(given);
  expectData(await register(gateway, account));
  const token = tokenIn(await verificationMail(gateway, account.email));
  expectData(await gateway.client.run(VerifyEmailDocument, { token }));
  return account;
}

/** The welcome mail that follows the verification. A test that counts mails must wait for it first. */
export const welcomed = (gateway: Gateway, { email }: Pick<Account, 'email'>): Promise<Mail> =>
  gateway.mail.waitForMail(email, (mail) => !hasToken(mail));

export type SignedIn = Extract<LoginMutation['login'], { __typename: 'AuthPayload' }>;

/** Sends a login; the result may be a failure. */
export function login(
  gateway: Gateway,
  { username, password }: Pick<Account, 'username' | 'password'>,
  input: Partial<LoginInput> = {},
  options?: RunOptions,
): Promise<Result<LoginMutation>> {
  return gateway.client.run(LoginDocument, { input: { identifier: username, password, ...input } }, options);
}

/** The payload of a successful login. */
export function signedInBy(result: Result<LoginMutation>): SignedIn {
  const payload = expectData(result).login;
  if (payload.__typename !== 'AuthPayload') throw new Error('The sign-in requires a second factor');
  return payload;
}

/** Signs in; returns the payload, with the refresh token in the body. */
export async function signIn(
  gateway: Gateway,
  account: Pick<Account, 'username' | 'password'>,
  input: Partial<LoginInput> = {},
  options?: RunOptions,
): Promise<SignedIn & { refreshToken: string }> {
  const payload = signedInBy(await login(gateway, account, input, options));
  if (!payload.refreshToken) throw new Error('The sign-in returned no refresh token');
  return { ...payload, refreshToken: payload.refreshToken };
}
