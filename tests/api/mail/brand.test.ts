import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify, signIn, verificationMail, welcomed } from '../../support/accounts.js';
import { FJORD, FJORD_ENV } from '../../support/brands.js';
import { expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { startGateway } from '../../support/in-process.js';
import type { Mail } from '../../support/mailbox.js';
import { registrationOf } from '../../support/passkeys.js';
import { readQrCode, setUp } from '../../support/totp.js';

const fromOf = ({ headers }: Mail) => headers.get('from');

describe('a gateway with a brand', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway({ env: FJORD_ENV });
  });

  it('sends mails in the name of the brand', async () => {
    const account = await registerAndVerify(gateway);
    const mails = [await verificationMail(gateway, account.email), await welcomed(gateway, account)];
    for (const mail of mails) {
      expect(fromOf(mail)).toMatchObject({ value: [{ name: FJORD.name, address: 'noreply@localhost' }] });
      expect(JSON.stringify([mail, ...mail.headers])).not.toMatch(/gatehouse/i);
      expect(mail.text).toContain(FJORD.name);
      expect(mail.text).toContain(FJORD.supportUrl);
      expect(mail.html).toContain(FJORD.color);
    }
  });

  it('names the brand in authenticator apps', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken } = await signIn(gateway, account);
    const { setupTwoFactor } = expectData(await setUp(gateway, accessToken, account.password));
    const { pathname, searchParams } = new URL(setupTwoFactor.otpauthUri);
    expect(decodeURIComponent(pathname)).toMatch(new RegExp(`/${FJORD.name}:${account.username}$`));
    expect(searchParams.get('issuer')).toBe(FJORD.name);
    expect(readQrCode(setupTwoFactor.qrCode)).toBe(setupTwoFactor.otpauthUri);
    expect(JSON.stringify(setupTwoFactor)).not.toMatch(/gatehouse/i);
  });

  it('names the brand in the prompt for a passkey', async () => {
    const { accessToken } = await signIn(gateway, await registerAndVerify(gateway));
    const { options } = await registrationOf(gateway, accessToken);
    expect(JSON.parse(options).rp.name).toBe(FJORD.name);
    expect(options).not.toMatch(/gatehouse/i);
  });

  it('names the brand in the title of GraphiQL', async () => {
    const page = await send(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.text).toContain(`<title>${FJORD.name} GraphiQL</title>`);
    expect(page.text).not.toMatch(/gatehouse/i);
  });

  it.each([
    '/sign-in',
    '/register',
    '/forgot-password',
    '/verify-email',
    '/reset-password',
    '/accept-invitation',
    '/account',
    '/console',
  ])('names the brand on the page %s', async (path) => {
    const { headers, text } = await send(`${gateway.url}${path}`, { headers: { accept: 'text/html' } });
    expect(JSON.stringify(headers) + text).not.toMatch(/gatehouse/i);
    expect(text).toContain(FJORD.name);
  });

  it.each(['/', '/healthz', '/no-such-page'])('does not name the gateway at %s', async (path) => {
    const { headers, text } = await send(`${gateway.url}${path}`, { headers: { accept: 'text/html' } });
    expect(JSON.stringify(headers) + text).not.toMatch(/gatehouse/i);
  });
});

describe('a gateway with a name in another script', () => {
  const name = 'شبكة & الألياف 🚀';

  it('carries it to mails, authenticator apps, prompts for passkeys and GraphiQL', async () => {
    const gateway = await startGateway({ env: { BRAND_NAME: name } });
    const account = await registerAndVerify(gateway);
    const mail = await welcomed(gateway, account);
    expect(fromOf(mail)).toMatchObject({ value: [{ name }] });
    expect(mail.subject).toBe(`Welcome to ${name}`);
    const { accessToken } = await signIn(gateway, account);
    const { setupTwoFactor } = expectData(await setUp(gateway, accessToken, account.password));
    expect(setupTwoFactor.otpauthUri, 'ASCII only').toMatch(/^[!-~]+$/);
    expect(new URL(setupTwoFactor.otpauthUri).searchParams.get('issuer')).toBe(name);
    expect(JSON.parse((await registrationOf(gateway, accessToken)).options).rp.name).toBe(name);
    const page = await send(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.text).toContain('<title>شبكة &#38; الألياف 🚀 GraphiQL</title>');
  });

  it('can be as long as allowed, and still fits into the QR code', async () => {
    const long = '🚀'.repeat(64);
    const gateway = await startGateway({ env: { BRAND_NAME: long } });
    const account = await registerAndVerify(gateway, { username: 'u'.repeat(32) });
    const { accessToken } = await signIn(gateway, account);
    const { setupTwoFactor } = expectData(await setUp(gateway, accessToken, account.password));
    expect(new URL(setupTwoFactor.otpauthUri).searchParams.get('issuer')).toBe(long);
    expect(setupTwoFactor.qrCode).toMatch(/^data:image\/png;base64,/);
  });
});

it('keeps the name that FROM_EMAIL contains', async () => {
  const gateway = await startGateway({
    env: { ...FJORD_ENV, FROM_EMAIL: 'Sign-in <noreply@fjord.example>' },
  });
  const mail = await welcomed(gateway, await registerAndVerify(gateway));
  expect(fromOf(mail)).toMatchObject({ value: [{ name: 'Sign-in', address: 'noreply@fjord.example' }] });
});
