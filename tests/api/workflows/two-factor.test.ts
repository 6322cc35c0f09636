import { beforeAll, describe, expect, it } from 'vitest';
import { MeDocument, MyTwoFactorDocument } from '../../generated/graphql.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnBackends, describeOnPostgres } from '../../support/in-process.js';
import { decode } from '../../support/tokens.js';
import {
  Authenticator,
  challenge,
  disable,
  enable,
  protectedAccount,
  readQrCode,
  regenerate,
  secondStep,
  setUp,
  wrong,
} from '../../support/totp.js';

const MINUTE = 60_000;
const minutesFromNow = (date: string) => (Date.parse(date) - Date.now()) / MINUTE;

describeOnBackends('a second factor', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });

  const isOn = async (token: string) =>
    expectData(await gateway.client.run(MyTwoFactorDocument, {}, { token })).me?.twoFactorEnabled;

  it('works from the QR code to being disabled', { timeout: 150_000 }, async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    expect(await isOn(token)).toBe(false);

    const setup = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
    expect(minutesFromNow(setup.expiresAt)).toBeCloseTo(10, 0);
    expect(readQrCode(setup.qrCode)).toBe(setup.otpauthUri);
    const uri = new URL(setup.otpauthUri);
    expect(decodeURIComponent(uri.href)).toMatch(`otpauth://totp/Gatehouse:${account.username}?`);
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: 'Gatehouse',
      secret: setup.secretKey,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    expect(setup.secretKey, '160 bits').toMatch(/^[A-Z2-7]{32}$/);
    expect(new Set(setup.recoveryCodes).size).toBe(10);
    for (const code of setup.recoveryCodes)
      expect(code, '120 bits').toMatch(/^([A-Z2-7]{6}-){3}[A-Z2-7]{6}$/);
    expect(await isOn(token), 'an unconfirmed setup enables nothing').toBe(false);
    await signIn(gateway, account);

    const authenticator = new Authenticator(setup.secretKey, gateway);
    const enabled = expectData(await enable(gateway, token, await authenticator.freshCode()));
    expect(enabled.enableTwoFactor.twoFactorEnabled).toBe(true);
    await gateway.mail.waitForMail(account.email, ({ subject }) => subject.includes('switched on'));

    const first = await challenge(gateway, account);
    expect(first.methods).toEqual(['TOTP', 'RECOVERY_CODE']);
    expect(minutesFromNow(first.expiresAt)).toBeCloseTo(5, 0);
    const verified = await secondStep(gateway, first.challengeToken, await authenticator.freshCode());
    const signedIn = expectData(verified).verifyTwoFactor;
    expect(signedIn.user.email).toBe(account.email);
    expect(decode(signedIn.accessToken).claims.amr).toEqual(['pwd', 'otp']);
    expectData(await gateway.client.run(MeDocument, {}, { token: signedIn.accessToken }));

    const [one = '', two = '', three = ''] = setup.recoveryCodes;
    const second = await challenge(gateway, account);
    expectData(await secondStep(gateway, second.challengeToken, one));

    const renewed = expectData(await regenerate(gateway, token, account.password, two));
    const codes = renewed.regenerateRecoveryCodes.recoveryCodes;
    expect(new Set([...codes, ...setup.recoveryCodes]).size).toBe(20);
    const third = await challenge(gateway, account);
    expectCode(await secondStep(gateway, third.challengeToken, three), 'INVALID_TWO_FACTOR_CODE');
    expectData(await secondStep(gateway, third.challengeToken, codes[0] ?? ''));

    const disabled = expectData(
      await disable(gateway, token, account.password, await authenticator.freshCode()),
    );
    expect(disabled.disableTwoFactor.twoFactorEnabled).toBe(false);
    await gateway.mail.waitForMail(account.email, ({ subject }) => subject.includes('switched off'));
    await signIn(gateway, account);
  });

  it('accepts a code with spaces and in any letter case', async () => {
    const owner = await protectedAccount(gateway);
    const [one = '', two = ''] = owner.recoveryCodes;
    const code = await owner.authenticator.freshCode();
    for (const typed of [
      ` ${code.slice(0, 3)} ${code.slice(3)} `,
      one.toLowerCase(),
      two.replaceAll('-', ' '),
    ]) {
      const { challengeToken } = await challenge(gateway, owner);
      expectData(await secondStep(gateway, challengeToken, typed));
    }
  });

  it('offers recovery codes only while some are left', async () => {
    const owner = await protectedAccount(gateway);
    for (const code of owner.recoveryCodes) {
      const { challengeToken, methods } = await challenge(gateway, owner);
      expect(methods).toEqual(['TOTP', 'RECOVERY_CODE']);
      expectData(await secondStep(gateway, challengeToken, code));
    }
    expect((await challenge(gateway, owner)).methods).toEqual(['TOTP']);
  });

  it('keeps a challenge valid after a wrong code', async () => {
    const owner = await protectedAccount(gateway);
    const { challengeToken } = await challenge(gateway, owner);
    const code = await owner.authenticator.freshCode();
    expectCode(await secondStep(gateway, challengeToken, wrong(code)), 'INVALID_TWO_FACTOR_CODE');
    expectData(await secondStep(gateway, challengeToken, code));
  });

  it('can be set up again until it is confirmed, which voids the former setup', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    const former = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
    const latter = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
    const code = await new Authenticator(former.secretKey, gateway).freshCode();
    expectCode(await enable(gateway, token, code), 'INVALID_TWO_FACTOR_CODE');
    expectData(await enable(gateway, token, await new Authenticator(latter.secretKey, gateway).freshCode()));
    const { challengeToken } = await challenge(gateway, account);
    const [voided = ''] = former.recoveryCodes;
    expectCode(await secondStep(gateway, challengeToken, voided), 'INVALID_TWO_FACTOR_CODE');
  });

  describe('an error', () => {
    it('is TWO_FACTOR_NOT_ENABLED without a confirmed second factor', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken: token } = await signIn(gateway, account);
      expectCode(await enable(gateway, token, '123456'), 'TWO_FACTOR_NOT_ENABLED');
      expectCode(await disable(gateway, token, account.password, '123456'), 'TWO_FACTOR_NOT_ENABLED');
      expectCode(await regenerate(gateway, token, account.password, '123456'), 'TWO_FACTOR_NOT_ENABLED');
      const setup = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
      const [recoveryCode = ''] = setup.recoveryCodes;
      expectCode(await disable(gateway, token, account.password, recoveryCode), 'TWO_FACTOR_NOT_ENABLED');
      expectCode(await enable(gateway, token, recoveryCode), 'INVALID_TWO_FACTOR_CODE');
    });

    it('is TWO_FACTOR_ALREADY_ENABLED with one', async () => {
      const { token, password, authenticator } = await protectedAccount(gateway);
      expectCode(await setUp(gateway, token, password), 'TWO_FACTOR_ALREADY_ENABLED');
      expectCode(await enable(gateway, token, await authenticator.freshCode()), 'TWO_FACTOR_ALREADY_ENABLED');
    });

    it('is UNAUTHENTICATED without a session', async () => {
      expectCode(await setUp(gateway, '', 'SecurePassword123!'), 'UNAUTHENTICATED');
      expectCode(await enable(gateway, '', '123456'), 'UNAUTHENTICATED');
      expectCode(await disable(gateway, '', 'SecurePassword123!', '123456'), 'UNAUTHENTICATED');
      expectCode(await regenerate(gateway, '', 'SecurePassword123!', '123456'), 'UNAUTHENTICATED');
    });
  });
});

describeOnPostgres('a second factor in the database', ({ start }) => {
  it('expires if it is not confirmed within ten minutes', async () => {
    const gateway = await start();
    const sql = openDatabase(gateway);
    const account = await registerAndVerify(gateway);
    const { accessToken: token, user } = await signIn(gateway, account);
    const { secretKey } = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
    await sql`UPDATE two_factors SET expires_at = now() WHERE user_id = ${user.id}`;
    const code = await new Authenticator(secretKey, gateway).freshCode();
    expectCode(await enable(gateway, token, code), 'TWO_FACTOR_NOT_ENABLED');
    await signIn(gateway, account);
    const again = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
    expectData(await enable(gateway, token, await new Authenticator(again.secretKey, gateway).freshCode()));
  });

  it('writes an audit event for each step', async () => {
    const gateway = await start();
    const sql = openDatabase(gateway);
    const owner = await protectedAccount(gateway);
    const { challengeToken } = await challenge(gateway, owner);
    const [one = '', two = '', three = ''] = owner.recoveryCodes;
    expectCode(await secondStep(gateway, challengeToken, wrong(one)), 'INVALID_TWO_FACTOR_CODE');
    expectData(await secondStep(gateway, challengeToken, one));
    expectData(await regenerate(gateway, owner.token, owner.password, two));
    expectCode(await disable(gateway, owner.token, owner.password, three), 'INVALID_TWO_FACTOR_CODE');
    const code = await owner.authenticator.freshCode();
    expectData(await disable(gateway, owner.token, owner.password, code));
    const rows = await sql<{ type: string }[]>`
      SELECT type FROM audit_events
      WHERE subject_id = (SELECT id FROM users WHERE username = ${owner.username}) AND type::text ~ 'TWO_FACTOR|RECOVERY'
      ORDER BY id`;
    expect(rows.map(({ type }) => type)).toEqual([
      'TWO_FACTOR_SETUP_STARTED',
      'TWO_FACTOR_ENABLED',
      'TWO_FACTOR_FAILED',
      'RECOVERY_CODE_USED',
      'RECOVERY_CODE_USED',
      'RECOVERY_CODES_REGENERATED',
      'TWO_FACTOR_FAILED',
      'TWO_FACTOR_DISABLED',
    ]);
    const [left] = await sql`SELECT count(*)::integer AS codes FROM recovery_codes`;
    expect(left).toEqual({ codes: 0 });
  });
});
