import { register, STRONG_PASSWORD, someone, verificationMail } from '../../support/accounts.js';
import { SoftwareAuthenticator } from '../../support/authenticator.js';
import { clone, type Person } from '../../support/cast.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { hasToken, tokenIn } from '../../support/mailbox.js';
import { callbackFor } from '../../support/openid-evil.js';
import { begin, challengeOf, landingOf, newVerifier, openCallback } from '../../support/openid-sign-in.js';
import {
  addPasskey,
  type Ceremony,
  pageOrigin,
  registrationOf,
  signInCeremony,
} from '../../support/passkeys.js';
import { Authenticator, challenge, enable, setUp } from '../../support/totp.js';

export interface Scene {
  gateway: Gateway;
  /** The user that the request is about. */
  customer: Person;
  /** The caller. If the caller is anonymous, the user for whom the arguments are valid. */
  caller: Person;
}

type Operation = (scene: Scene) => string | Promise<string>;

/** The identity provider of the gateway. */
export const PROVIDER = 'corp';

const ANOTHER_PASSWORD = 'AnotherPassword456?';
const ack = '{ success }';
const passwords = `newPassword: "${ANOTHER_PASSWORD}", confirmPassword: "${ANOTHER_PASSWORD}"`;
const challenging = (verifier: string) =>
  `provider: "${PROVIDER}", codeChallenge: "${challengeOf(verifier)}"`;
const confirming = (code: string) => `input: { password: "${STRONG_PASSWORD}", code: "${code}" }`;

/** A request for each row of the matrix, valid for a caller who is authorized. */
export const REQUESTS: Record<string, Operation> = {
  'Query.me': () => '{ me { id } }',
  'Query.user': ({ customer }) => `{ user(id: "${customer.id}") { id } }`,
  'Query.users': () => '{ users { totalCount nodes { id } edges { node { id } } } }',
  'Query.auditEvents': () => '{ auditEvents { nodes { type ipAddress subject { id } } } }',
  'Query.authStatistics': () =>
    '{ authStatistics(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z") { start signIns } }',
  'Query.accountTotals': () => '{ accountTotals { users liveSessions } }',

  'Mutation.register': () => registering(''),
  'Mutation.register (as staff)': () => registering('role: STAFF'),
  'Mutation.verifyEmail': async ({ gateway }) => {
    const account = someone();
    expectData(await register(gateway, account));
    const token = tokenIn(await verificationMail(gateway, account.email));
    return `mutation { verifyEmail(token: "${token}") { email } }`;
  },
  'Mutation.resendVerificationEmail': ({ customer }) =>
    `mutation { resendVerificationEmail(email: "${customer.email}") ${ack} }`,
  'Mutation.updateProfile': () => 'mutation { updateProfile(input: { displayName: "Me" }) { id } }',
  'Mutation.changeEmail': () =>
    `mutation { changeEmail(input: { newEmail: "${someone().email}", password: "${STRONG_PASSWORD}" }) ${ack} }`,

  'Mutation.changeEmail (no password)': () =>
    `mutation { changeEmail(input: { newEmail: "${someone().email}" }) ${ack} }`,

  'Mutation.login': ({ customer }) =>
    `mutation { login(input: { identifier: "${customer.username}", password: "${STRONG_PASSWORD}" }) {
      ... on AuthPayload { user { email sessions { id } } } } }`,
  'Mutation.verifyTwoFactor': async ({ gateway, customer }) => {
    const [code] = await protect(gateway, customer);
    const { challengeToken } = await challenge(gateway, customer);
    return `mutation { verifyTwoFactor(input: { challengeToken: "${challengeToken}", code: "${code}" }) {
      user { email } } }`;
  },
  'Mutation.refreshToken': ({ customer }) =>
    `mutation { refreshToken(refreshToken: "${customer.refreshToken}") { user { email } } }`,
  'Mutation.logout': ({ customer }) => `mutation { logout(refreshToken: "${customer.refreshToken}") ${ack} }`,
  'Mutation.revokeSession': ({ caller }) => `mutation { revokeSession(id: "${caller.sessionId}") ${ack} }`,
  'Mutation.revokeOtherSessions': () => `mutation { revokeOtherSessions ${ack} }`,

  'Mutation.reauthenticate': () =>
    `mutation { reauthenticate(input: { password: "${STRONG_PASSWORD}" }) { authenticatedAt } }`,

  'Mutation.startPasskeyRegistration': () =>
    `mutation { startPasskeyRegistration(input: { password: "${STRONG_PASSWORD}" }) { options } }`,
  'Mutation.startPasskeyRegistration (no password)': () =>
    'mutation { startPasskeyRegistration(input: {}) { options } }',
  'Mutation.finishPasskeyRegistration': async ({ gateway, caller }) => {
    const ceremony = await registrationOf(gateway, caller.token);
    const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
    const input = answering(ceremony, authenticator.create(ceremony.options));
    return `mutation { finishPasskeyRegistration(input: ${input}) { id name } }`;
  },
  'Mutation.startPasskeySignIn': () => 'mutation { startPasskeySignIn { options } }',
  'Mutation.finishPasskeySignIn': async ({ gateway, customer }) => {
    const { authenticator } = await addPasskey(gateway, customer.token);
    const ceremony = await signInCeremony(gateway);
    const input = answering(ceremony, authenticator.get(ceremony.options));
    return `mutation { finishPasskeySignIn(input: ${input}) { user { email passkeys { id } } } }`;
  },
  'Mutation.startPasskeyReauthentication': async ({ gateway, caller }) => {
    await addPasskey(gateway, caller.token);
    return 'mutation { startPasskeyReauthentication { options } }';
  },
  'Mutation.renamePasskey': async ({ gateway, caller }) => {
    const { passkeyId } = await addPasskey(gateway, caller.token);
    return `mutation { renamePasskey(id: "${passkeyId}", name: "Laptop") { name } }`;
  },
  'Mutation.removePasskey': async ({ gateway, caller }) => {
    const { passkeyId } = await addPasskey(gateway, caller.token);
    return `mutation { removePasskey(id: "${passkeyId}") ${ack} }`;
  },
  'Query.identityProviders': () => '{ identityProviders { id name } }',
  'Mutation.startProviderSignIn': () =>
    `mutation { startProviderSignIn(input: { ${challenging(newVerifier())} }) { authorizationUrl } }`,
  'Mutation.finishProviderSignIn': async ({ gateway }) => {
    const page = await begin(gateway, PROVIDER);
    const claims = { sub: someone().username, email: someone().email, email_verified: true };
    const { code } = landingOf(await openCallback(callbackFor(page, claims)));
    return `mutation { finishProviderSignIn(input: { code: "${code}", codeVerifier: "${page.codeVerifier}" }) {
      ... on AuthPayload { user { email identities { id } } } } }`;
  },
  'Mutation.linkIdentity': () =>
    `mutation { linkIdentity(input: { ${challenging(newVerifier())} }) { authorizationUrl } }`,
  'Mutation.unlinkIdentity': async ({ gateway, caller }) => {
    const [row] = await openDatabase(gateway)`insert into identities (user_id, provider, issuer, subject)
      values (${caller.id}, ${PROVIDER}, 'https://id.example', ${caller.id}) returning id`;
    return `mutation { unlinkIdentity(id: "${row?.id}") ${ack} }`;
  },

  'Mutation.requestPasswordReset': ({ customer }) =>
    `mutation { requestPasswordReset(email: "${customer.email}") ${ack} }`,
  'Mutation.resetPassword': async ({ gateway, customer }) => {
    const request = `mutation { requestPasswordReset(email: "${customer.email}") ${ack} }`;
    expectData(await gateway.client.runRaw(request));
    const token = tokenIn(await gateway.mail.waitForMail(customer.email, hasToken));
    return `mutation { resetPassword(input: { token: "${token}", ${passwords} }) ${ack} }`;
  },
  'Mutation.changePassword': () =>
    `mutation { changePassword(input: { currentPassword: "${STRONG_PASSWORD}", ${passwords} }) ${ack} }`,

  'Mutation.setupTwoFactor': () =>
    `mutation { setupTwoFactor(input: { password: "${STRONG_PASSWORD}" }) { expiresAt } }`,
  'Mutation.setupTwoFactor (no password)': () => 'mutation { setupTwoFactor(input: {}) { expiresAt } }',
  'Mutation.enableTwoFactor': async ({ gateway, caller }) => {
    const { secretKey } = expectData(await setUp(gateway, caller.token, caller.password)).setupTwoFactor;
    const code = await new Authenticator(secretKey, gateway).freshCode();
    return `mutation { enableTwoFactor(code: "${code}") { id } }`;
  },
  'Mutation.disableTwoFactor': async ({ gateway, caller }) => {
    const [code = ''] = await protect(gateway, caller);
    return `mutation { disableTwoFactor(${confirming(code)}) { id } }`;
  },
  'Mutation.disableTwoFactor (no password)': async ({ gateway, caller }) => {
    const [code = ''] = await protect(gateway, caller);
    return `mutation { disableTwoFactor(input: { code: "${code}" }) { id } }`;
  },
  'Mutation.regenerateRecoveryCodes': async ({ gateway, caller }) => {
    const [code = ''] = await protect(gateway, caller);
    return `mutation { regenerateRecoveryCodes(${confirming(code)}) { recoveryCodes } }`;
  },
  'Mutation.regenerateRecoveryCodes (no password)': async ({ gateway, caller }) => {
    const [code = ''] = await protect(gateway, caller);
    return `mutation { regenerateRecoveryCodes(input: { code: "${code}" }) { recoveryCodes } }`;
  },

  'Mutation.createUser': () => creating(''),
  'Mutation.createUser (as staff)': () => creating('role: STAFF'),
  'Mutation.updateUser': ({ customer }) => updating(customer, 'displayName: "They"'),
  'Mutation.updateUser (their role)': ({ customer }) => updating(customer, 'role: STAFF'),
  'Mutation.updateUser (their address)': ({ customer }) => updating(customer, `email: "${someone().email}"`),
  'Mutation.updateUser (an admin)': async ({ gateway }) =>
    updating(await clone(gateway, 'ADMIN'), 'displayName: "They"'),
  'Mutation.deactivateUser': ({ customer }) => `mutation { deactivateUser(id: "${customer.id}") { id } }`,
  'Mutation.activateUser': ({ customer }) => `mutation { activateUser(id: "${customer.id}") { id } }`,
  'Mutation.unlockUser': ({ customer }) => `mutation { unlockUser(id: "${customer.id}") { id } }`,
  'Mutation.revokeUserSessions': ({ customer }) =>
    `mutation { revokeUserSessions(id: "${customer.id}") ${ack} }`,
  'Mutation.resetUserTwoFactor': async ({ gateway, customer }) => {
    await protect(gateway, customer);
    return `mutation { resetUserTwoFactor(id: "${customer.id}") { id } }`;
  },

  'Subscription.sessionEnded': () => 'subscription { sessionEnded { reason } }',
};

const answering = ({ challengeToken }: Ceremony, credential: string) =>
  `{ challengeToken: "${challengeToken}", credential: ${JSON.stringify(credential)} }`;

function registering(role: string): string {
  const { username, email, password } = someone();
  return `mutation { register(input: { username: "${username}", email: "${email}",
    password: "${password}", confirmPassword: "${password}" ${role} }) { email } }`;
}

function creating(role: string): string {
  const { username, email } = someone();
  return `mutation { createUser(input: { username: "${username}", email: "${email}" ${role} }) { id } }`;
}

const updating = ({ id }: Person, change: string) =>
  `mutation { updateUser(id: "${id}", input: { ${change} }) { id } }`;

/** Enables the second factor; returns the recovery codes. */
async function protect(gateway: Gateway, { token, password }: Person): Promise<string[]> {
  const { secretKey, recoveryCodes } = expectData(await setUp(gateway, token, password)).setupTwoFactor;
  expectData(await enable(gateway, token, await new Authenticator(secretKey, gateway).freshCode()));
  return recoveryCodes;
}
