import { beforeAll, describe, expect, it } from 'vitest';
import {
  FirstStepDocument,
  MeDocument,
  MyTwoFactorDocument,
  RefreshTokenDocument,
  VerifyEmailDocument,
} from '../../generated/graphql.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { expectCode, expectData, expectUnauthenticated, type Result } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import { RACES } from '../../support/races.js';
import {
  Authenticator,
  challenge,
  disable,
  enable,
  type Protected,
  protectedAccount,
  regenerate,
  secondStep,
  setUp,
  wrong,
} from '../../support/totp.js';

const AT_ONCE = 20;
const LIMIT = 5;

/** Replaces the ASCII digits of a code with those of another script. */
const inScript = (code: string, zero: number) =>
  code.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

const codesOf = (results: Result<unknown>[]) =>
  results.map(({ errors }) => errors[0]?.extensions.code ?? 'none');
const count = <T>(list: T[], wanted: T) => list.filter((one) => one === wanted).length;

describeOnPostgresFirst('attacks on the second factor', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });

  const tokenOf = async (owner: Protected) => (await challenge(gateway, owner)).challengeToken;
  /** A whole sign-in with a code; returns the result of the second step. */
  const enter = async (owner: Protected, code: string) => secondStep(gateway, await tokenOf(owner), code);

  describe('replayed codes', () => {
    it('does not sign in with the code that confirmed the setup', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken: token } = await signIn(gateway, account);
      const { secretKey } = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
      const code = await new Authenticator(secretKey, gateway).codeOf(0);
      expectData(await enable(gateway, token, code));
      const { challengeToken } = await challenge(gateway, account);
      expectCode(await secondStep(gateway, challengeToken, code), 'INVALID_TWO_FACTOR_CODE');
    });

    it('accepts a code once, for sign-in and for disabling', async () => {
      const owner = await protectedAccount(gateway);
      const code = await owner.authenticator.freshCode();
      expectData(await enter(owner, code));
      expectCode(await enter(owner, code), 'INVALID_TWO_FACTOR_CODE');
      expectCode(await disable(gateway, owner.token, owner.password, code), 'INVALID_TWO_FACTOR_CODE');
    });

    it('refuses an unused code that is older than the last accepted one', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken: token } = await signIn(gateway, account);
      const { secretKey } = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
      const authenticator = new Authenticator(secretKey, gateway);
      const [older, newer] = [await authenticator.codeOf(-1), await authenticator.codeOf(0)];
      expectData(await enable(gateway, token, newer));
      const { challengeToken } = await challenge(gateway, account);
      expectCode(await secondStep(gateway, challengeToken, older), 'INVALID_TWO_FACTOR_CODE');
    });

    it('lets exactly one of 20 concurrent sign-ins with one code succeed', { timeout: 300_000 }, async () => {
      for (let round = 0; round < RACES; round += 1) {
        const owner = await protectedAccount(gateway);
        const [challengeToken, code] = [await tokenOf(owner), await owner.authenticator.freshCode()];
        const results = await Promise.all(
          Array.from({ length: AT_ONCE }, () => secondStep(gateway, challengeToken, code)),
        );
        expect(count(codesOf(results), 'none'), `round ${round}`).toBe(1);
        for (const one of codesOf(results))
          expect(one).toBeOneOf(['none', 'INVALID_TWO_FACTOR_CODE', 'TOKEN_INVALID', 'ACCOUNT_LOCKED']);
      }
    });
  });

  it('refuses codes of future and past time steps, and accepts the one before the current', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken: token } = await signIn(gateway, account);
    const { secretKey } = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
    const authenticator = new Authenticator(secretKey, gateway);
    for (const offset of [1, 2, -2, -20]) {
      const code = await authenticator.codeOf(offset);
      expectCode(await enable(gateway, token, code), 'INVALID_TWO_FACTOR_CODE');
    }
    expectData(await enable(gateway, token, await authenticator.codeOf(-1)));
  });

  it('refuses Unicode digits and a signed number as a code', async () => {
    const owner = await protectedAccount(gateway);
    const challengeToken = await tokenOf(owner);
    const code = await owner.authenticator.freshCode();
    for (const forged of [
      inScript(code, 0xff10),
      inScript(code, 0x0660),
      inScript(code, 0x1d7ce),
      `+${code}`,
    ]) {
      expectCode(await secondStep(gateway, challengeToken, forged), 'INVALID_TWO_FACTOR_CODE');
    }
    expectData(await secondStep(gateway, challengeToken, code));
  });

  it('refuses malformed codes, and accepts the right code afterwards', async () => {
    const forms = ['', '12345', '1234567', '1'.repeat(90_000), '\u0000', "' OR 1=1 --", '-1', '０'.repeat(6)];
    for (const form of forms) {
      const owner = await protectedAccount(gateway);
      expectCode(await enter(owner, form), 'INVALID_TWO_FACTOR_CODE');
      expectData(await enter(owner, await owner.authenticator.freshCode()));
    }
  });

  describe('recovery codes', () => {
    it('refuses a code at its second use, in every spelling', async () => {
      const owner = await protectedAccount(gateway);
      const [code = ''] = owner.recoveryCodes;
      expectData(await enter(owner, code));
      for (const spelling of [code, code.toLowerCase(), code.replaceAll('-', ''), ` ${code} `]) {
        expectCode(await enter(owner, spelling), 'INVALID_TWO_FACTOR_CODE');
      }
    });

    it('lets exactly one of 20 concurrent sign-ins with one code succeed', { timeout: 300_000 }, async () => {
      let owner = await protectedAccount(gateway);
      let codes = owner.recoveryCodes;
      for (let round = 0; round < RACES; round += 1) {
        if (codes.length === 0) {
          owner = await protectedAccount(gateway);
          codes = owner.recoveryCodes;
        }
        const [code = '', ...rest] = codes;
        codes = rest;
        const challengeToken = await tokenOf(owner);
        const results = await Promise.all(
          Array.from({ length: AT_ONCE }, () => secondStep(gateway, challengeToken, code)),
        );
        expect(count(codesOf(results), 'none'), `round ${round}`).toBe(1);
      }
    });

    it('lets one of two concurrent operations with the same code succeed', async () => {
      for (let round = 0; round < RACES; round += 1) {
        const owner = await protectedAccount(gateway);
        const [code = ''] = owner.recoveryCodes;
        const challengeToken = await tokenOf(owner);
        const results = await Promise.all([
          secondStep(gateway, challengeToken, code),
          regenerate(gateway, owner.token, owner.password, code),
        ]);
        expect(count(codesOf(results), 'none'), `round ${round}: ${codesOf(results)}`).toBe(1);
      }
    }, 300_000);

    it('refuses the codes of another user', async () => {
      const [owner, thief] = [await protectedAccount(gateway), await protectedAccount(gateway)];
      const [code = ''] = thief.recoveryCodes;
      expectCode(await enter(owner, code), 'INVALID_TWO_FACTOR_CODE');
      expectCode(await enter(owner, await thief.authenticator.freshCode()), 'INVALID_TWO_FACTOR_CODE');
      expectData(await enter(thief, code));
    });
  });

  describe('a stolen access token without the second factor', () => {
    it('does not set up a second factor, or confirm one', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken: token } = await signIn(gateway, account);
      expectCode(await setUp(gateway, token, 'NotThePassword123!'), 'INVALID_CREDENTIALS');
      expectCode(await enable(gateway, token, '123456'), 'TWO_FACTOR_NOT_ENABLED');
      await signIn(gateway, account);
    });

    it("does not overwrite the owner's second factor, even with the password", async () => {
      const owner = await protectedAccount(gateway);
      expectCode(await setUp(gateway, owner.token, 'NotThePassword123!'), 'INVALID_CREDENTIALS');
      expectCode(await setUp(gateway, owner.token, owner.password), 'TWO_FACTOR_ALREADY_ENABLED');
      expectData(await enter(owner, await owner.authenticator.freshCode()));
      expectData(await enter(owner, owner.recoveryCodes[0] ?? ''));
    });

    it('does not remove the second factor with only the password or only a code, and keeps the code valid', async () => {
      const owner = await protectedAccount(gateway);
      const [code = '', other = ''] = owner.recoveryCodes;
      for (const operation of [disable, regenerate]) {
        expectCode(await operation(gateway, owner.token, 'NotThePassword123!', code), 'INVALID_CREDENTIALS');
        expectCode(
          await operation(gateway, owner.token, owner.password, wrong(code)),
          'INVALID_TWO_FACTOR_CODE',
        );
      }
      const { me } = expectData(await gateway.client.run(MyTwoFactorDocument, {}, { token: owner.token }));
      expect(me?.twoFactorEnabled).toBe(true);
      expectData(await enter(owner, code));
      expectData(await enter(owner, other));
    });

    it('does not lock the second factor by wrong passwords', async () => {
      const owner = await protectedAccount(gateway);
      const [code = ''] = owner.recoveryCodes;
      const challengeToken = await tokenOf(owner);
      for (let attempt = 0; attempt <= LIMIT; attempt += 1) {
        const result = await disable(gateway, owner.token, 'NotThePassword123!', '000000');
        for (const one of codesOf([result])) expect(one).toBeOneOf(['INVALID_CREDENTIALS', 'ACCOUNT_LOCKED']);
      }
      expectData(await secondStep(gateway, challengeToken, code));
    });
  });

  describe('the lockout of the second factor', () => {
    it('starts after five failures, and refuses the right code in every operation', async () => {
      const owner = await protectedAccount(gateway);
      const bystander = await protectedAccount(gateway);
      const [code = ''] = owner.recoveryCodes;
      for (let failure = 0; failure < LIMIT; failure += 1) {
        // The right password, which each challenge needs, does not reset the counter.
        expectCode(await enter(owner, wrong(code)), 'INVALID_TWO_FACTOR_CODE');
      }
      const fresh = await owner.authenticator.freshCode();
      const { token, password } = owner;
      for (const result of [
        await enter(owner, fresh),
        await enter(owner, code),
        await disable(gateway, token, password, code),
        await regenerate(gateway, token, password, fresh),
      ]) {
        const { retryAfter } = expectCode(result, 'ACCOUNT_LOCKED');
        expect(retryAfter).toBeGreaterThan(14 * 60);
        expect(retryAfter).toBeLessThanOrEqual(15 * 60);
      }
      expectData(await gateway.client.run(MeDocument, {}, { token }));
      expectData(await enter(bystander, bystander.recoveryCodes[0] ?? ''));
    });

    it('counts failures in all operations together', async () => {
      const owner = await protectedAccount(gateway);
      const { token, password, recoveryCodes } = owner;
      const bad = wrong(recoveryCodes[0] ?? '');
      expectCode(await disable(gateway, token, password, bad), 'INVALID_TWO_FACTOR_CODE');
      expectCode(await enter(owner, '000000'), 'INVALID_TWO_FACTOR_CODE');
      expectCode(await regenerate(gateway, token, password, bad), 'INVALID_TWO_FACTOR_CODE');
      expectCode(await enter(owner, bad), 'INVALID_TWO_FACTOR_CODE');
      expectCode(await disable(gateway, token, password, ''), 'INVALID_TWO_FACTOR_CODE');
      expectCode(await enter(owner, recoveryCodes[0] ?? ''), 'ACCOUNT_LOCKED');
    });

    it('applies to the code of a setup, and a new setup does not reset it', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken: token } = await signIn(gateway, account);
      expectData(await setUp(gateway, token, account.password));
      for (let failure = 0; failure < LIMIT; failure += 1) {
        expectCode(await enable(gateway, token, 'nothing'), 'INVALID_TWO_FACTOR_CODE');
      }
      const { secretKey } = expectData(await setUp(gateway, token, account.password)).setupTwoFactor;
      const code = await new Authenticator(secretKey, gateway).freshCode();
      expectCode(await enable(gateway, token, code), 'ACCOUNT_LOCKED');
    });

    it('lets five of 50 concurrent guesses be compared', async () => {
      const owner = await protectedAccount(gateway);
      const challengeToken = await tokenOf(owner);
      const guesses = Array.from({ length: 50 }, (_, n) =>
        secondStep(gateway, challengeToken, String(n).padStart(6, '0')),
      );
      const codes = codesOf(await Promise.all(guesses));
      expect(count(codes, 'INVALID_TWO_FACTOR_CODE')).toBe(LIMIT);
      expect(count(codes, 'TOKEN_INVALID')).toBe(50 - LIMIT);
      expectCode(await enter(owner, owner.recoveryCodes[0] ?? ''), 'ACCOUNT_LOCKED');
    });

    it('lets five guesses be compared if two operations run concurrently', async () => {
      const owner = await protectedAccount(gateway);
      const challengeToken = await tokenOf(owner);
      const guesses = Array.from({ length: 4 }, () => [
        secondStep(gateway, challengeToken, '000000'),
        regenerate(gateway, owner.token, owner.password, '000000'),
      ]);
      const codes = codesOf(await Promise.all(guesses.flat()));
      expect(count(codes, 'INVALID_TWO_FACTOR_CODE')).toBe(LIMIT);
      expect(count(codes, 'ACCOUNT_LOCKED')).toBe(8 - LIMIT);
    });

    it('refuses a challenge after five attempts', async () => {
      const owner = await protectedAccount(gateway);
      const challengeToken = await tokenOf(owner);
      for (let attempt = 0; attempt < LIMIT; attempt += 1) {
        expectCode(await secondStep(gateway, challengeToken, 'x'), 'INVALID_TWO_FACTOR_CODE');
      }
      const [code = ''] = owner.recoveryCodes;
      expectCode(await secondStep(gateway, challengeToken, code), 'TOKEN_INVALID');
    });
  });

  describe('a challenge', () => {
    it('is only accepted for the second step, and sets no refresh cookie', async () => {
      const owner = await protectedAccount(gateway);
      const input = { identifier: owner.username, password: owner.password };
      const result = await gateway.client.run(FirstStepDocument, {
        input: { ...input, tokenDelivery: 'COOKIE' },
      });
      expect(result.cookies.refresh).toBeUndefined();
      const challengeToken = await tokenOf(owner);
      expectUnauthenticated(await gateway.client.run(MeDocument, {}, { token: challengeToken }));
      expectCode(
        await gateway.client.run(RefreshTokenDocument, { refreshToken: challengeToken }),
        'TOKEN_INVALID',
      );
      expectCode(await gateway.client.run(VerifyEmailDocument, { token: challengeToken }), 'TOKEN_INVALID');
    });

    it('is replaced by a newer one and can be used once', async () => {
      const owner = await protectedAccount(gateway);
      const [one = '', two = ''] = owner.recoveryCodes;
      const [former, latter] = [await tokenOf(owner), await tokenOf(owner)];
      expectCode(await secondStep(gateway, former, one), 'TOKEN_INVALID');
      expectData(await secondStep(gateway, latter, one));
      expectCode(await secondStep(gateway, latter, two), 'TOKEN_INVALID');
    });

    it('is refused if it is another token or forged', async () => {
      const owner = await protectedAccount(gateway);
      const [code = ''] = owner.recoveryCodes;
      const token = await tokenOf(owner);
      for (const forged of ['', 'ghc_', owner.token, token.slice(4), `ghv_${token.slice(4)}`, `${token}A`]) {
        expectCode(await secondStep(gateway, forged, code), 'TOKEN_INVALID');
      }
      expectData(await secondStep(gateway, token, code));
    });

    it('is void after the second factor is disabled', async () => {
      const owner = await protectedAccount(gateway);
      const [one = '', two = ''] = owner.recoveryCodes;
      const token = await tokenOf(owner);
      expectData(await disable(gateway, owner.token, owner.password, one));
      expectCode(await secondStep(gateway, token, two), 'TOKEN_INVALID');
    });
  });

  it('shows secrets only once: not in queries, logs or mails', async () => {
    const owner = await protectedAccount(gateway);
    const [code = ''] = owner.recoveryCodes;
    expectCode(await setUp(gateway, owner.token, owner.password), 'TWO_FACTOR_ALREADY_ENABLED');
    for (const field of ['secretKey', 'otpauthUri', 'recoveryCodes', 'twoFactorSecret']) {
      const result = await gateway.client.runRaw(`{ me { ${field} } }`, {}, { token: owner.token });
      expectCode(result, 'GRAPHQL_VALIDATION_FAILED');
    }
    const fresh = await owner.authenticator.freshCode();
    const challengeToken = await tokenOf(owner);
    expectData(await secondStep(gateway, challengeToken, fresh));
    const known = [owner.secretKey, code, challengeToken, ...owner.recoveryCodes];
    for (const secret of known) expect(gateway.logs()).not.toContain(secret);
    for (const mail of await gateway.mail.mails()) {
      for (const secret of known) expect(mail.text + mail.html).not.toContain(secret);
    }
  });
});

describeOnPostgres('attacks on the second factor with access to the database', ({ start }) => {
  it('stores no secret, code or challenge in plain text', async () => {
    const gateway = await start();
    const sql = openDatabase(gateway);
    const owner = await protectedAccount(gateway);
    const { challengeToken } = await challenge(gateway, owner);
    const dump = JSON.stringify([
      await sql`SELECT * FROM two_factors`,
      await sql`SELECT user_id, encode(hash, 'escape') FROM recovery_codes`,
      await sql`SELECT * FROM one_time_tokens`,
      await sql`SELECT * FROM audit_events`.then((rows) =>
        rows.map((row) => ({ ...row, id: String(row.id) })),
      ),
      await sql`SELECT data FROM jobs.job`,
    ]);
    expect(dump).toContain('sealed_secret');
    for (const secret of [owner.secretKey, challengeToken, ...owner.recoveryCodes]) {
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(secret.replaceAll('-', ''));
    }
  });

  it('does not accept a sealed secret that was copied from the row of another user', async () => {
    const gateway = await start();
    const sql = openDatabase(gateway);
    const [owner, thief] = [await protectedAccount(gateway), await protectedAccount(gateway)];
    await sql`
      UPDATE two_factors SET sealed_secret = (
        SELECT sealed_secret FROM two_factors JOIN users ON id = user_id WHERE username = ${thief.username})
      WHERE user_id = (SELECT id FROM users WHERE username = ${owner.username})`;
    const { challengeToken } = await challenge(gateway, owner);
    const code = await thief.authenticator.freshCode();
    expectCode(await secondStep(gateway, challengeToken, code), 'INTERNAL_SERVER_ERROR');
  });

  it('lifts the lockout after 15 minutes, and not before', async () => {
    const gateway = await start();
    const sql = openDatabase(gateway);
    const owner = await protectedAccount(gateway);
    const [code = ''] = owner.recoveryCodes;
    const enter = async (typed: string) =>
      secondStep(gateway, (await challenge(gateway, owner)).challengeToken, typed);
    const passes = (minutes: number) => sql`
      UPDATE second_factor_attempts SET first_at = first_at - make_interval(mins => ${minutes}),
        locked_until = locked_until - make_interval(mins => ${minutes})`;
    // Four failures, and a fifth after their window: it counts as the first of a new window.
    for (let failure = 1; failure < LIMIT; failure += 1) {
      expectCode(await enter('000000'), 'INVALID_TWO_FACTOR_CODE');
    }
    await passes(15);
    for (let failure = 0; failure < LIMIT; failure += 1) {
      expectCode(await enter('000000'), 'INVALID_TWO_FACTOR_CODE');
    }
    await passes(14);
    expect(expectCode(await enter(code), 'ACCOUNT_LOCKED').retryAfter).toBeLessThanOrEqual(60);
    await passes(1);
    expectData(await enter(code));
  });
});
