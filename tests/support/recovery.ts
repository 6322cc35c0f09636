import {
  ChangeEmailDocument,
  ChangePasswordDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from '../generated/graphql.js';
import type { Account } from './accounts.js';
import { expectData, type RunOptions } from './client.js';
import type { Gateway } from './gateway.js';
import { hasToken, linkIn, type Mail, mailsTo, tokenIn } from './mailbox.js';

/** Predicates that recognize mails by the path of their link or by their subject. */
export const isReset = (mail: Mail) => hasToken(mail) && linkIn(mail).pathname.endsWith('/reset-password');
export const isVerification = (mail: Mail) =>
  hasToken(mail) && linkIn(mail).pathname.endsWith('/verify-email');
export const tellsOfNewPassword = (mail: Mail) => !hasToken(mail) && /password.*chang/i.test(mail.subject);
export const tellsOfLock = (mail: Mail) => !hasToken(mail) && /lock/i.test(mail.subject);

/** A strong password, different from the default one. */
export const NEW_PASSWORD = 'quite Another phrase 4711';

export const requestReset = (gateway: Gateway, email: string, options?: RunOptions) =>
  gateway.client.run(RequestPasswordResetDocument, { email }, options);

export const resetBy = (gateway: Gateway, token: string, newPassword = NEW_PASSWORD, options?: RunOptions) =>
  gateway.client.run(
    ResetPasswordDocument,
    { input: { token, newPassword, confirmPassword: newPassword } },
    options,
  );

export const verifyBy = (gateway: Gateway, token: string, options?: RunOptions) =>
  gateway.client.run(VerifyEmailDocument, { token }, options);

/** Verifies if several registrations for the address are pending. */
export const verifyWithPassword = (gateway: Gateway, token: string, password: string) =>
  gateway.client.run(VerifyEmailDocument, { token, password });

/** Requests a reset, and returns the new token from the mail. Works for an account in any state. */
export async function resetToken(gateway: Gateway, email: string): Promise<string> {
  const before = mailsTo(await gateway.mail.mails(), email)
    .filter(isReset)
    .map(tokenIn);
  expectData(await requestReset(gateway, email));
  return tokenIn(
    await gateway.mail.waitForMail(email, (mail) => isReset(mail) && !before.includes(tokenIn(mail))),
  );
}

export const changePassword = (
  gateway: Gateway,
  token: string,
  currentPassword: string,
  newPassword = NEW_PASSWORD,
  confirmPassword = newPassword,
) =>
  gateway.client.run(
    ChangePasswordDocument,
    { input: { currentPassword, newPassword, confirmPassword } },
    { token },
  );

export const changeEmail = (
  gateway: Gateway,
  token: string,
  { password }: Pick<Account, 'password'>,
  newEmail: string,
) => gateway.client.run(ChangeEmailDocument, { input: { newEmail, password } }, { token });
