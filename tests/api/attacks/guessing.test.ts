import { beforeAll, describe, expect, it } from 'vitest';
import { MeDocument, RefreshTokenDocument } from '../../generated/graphql.js';
import { type Account, login, register, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { expectCode, expectData, type RunOptions } from '../../support/client.js';
import { errorsIn } from '../../support/codes.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import { mailsTo } from '../../support/mailbox.js';
import {
  changeEmail,
  changePassword,
  NEW_PASSWORD,
  resetBy,
  resetToken,
  tellsOfLock,
} from '../../support/recovery.js';
import { alterAt } from '../../support/tokens.js';
import { sleep } from '../../support/wait.js';

const WRONG = 'a quite Wrong phrase 12';
const THRESHOLD = 5;
const MINUTES = 15;

describeOnPostgresFirst('password guessing', ({ start }) => {
  let gateway: Gateway;
  const guess = (identifier: string, password = WRONG, options?: RunOptions) =>
    login(gateway, { username: identifier, password }, {}, options);
  const codeOf = async (identifier: string, password = WRONG, options?: RunOptions) =>
    (await guess(identifier, password, options)).errors[0]?.extensions.code ?? 'signed in';
  /** The error codes of `count` wrong guesses, one after the other. */
  const codes = async (identifier: string, count: number, options?: RunOptions) => {
    const found: unknown[] = [];
    for (let done = 0; done < count; done += 1) found.push(await codeOf(identifier, WRONG, options));
    return found;
  };
  const failures = (count: number) => Array.from({ length: count }, () => 'INVALID_CREDENTIALS');
  const deviceOf = async (account: Account): Promise<Record<string, string>> => {
    const { cookies } = await login(gateway, account);
    expect(cookies.device?.attributes).toMatchObject({ httponly: true, samesite: 'Strict' });
    return { device: cookies.device?.value ?? '' };
  };

  beforeAll(async () => {
    gateway = await start();
  });

  describe('the lockout', () => {
    it('starts after the fifth failure and also refuses the right password', async () => {
      const account = await registerAndVerify(gateway);
      expect(await codes(account.username, THRESHOLD)).toEqual(failures(THRESHOLD));
      for (const password of [WRONG, account.password]) {
        const { retryAfter = 0 } = expectCode(await guess(account.username, password), 'ACCOUNT_LOCKED');
        expect(Number.isInteger(retryAfter)).toBe(true);
        expect(retryAfter).toBeGreaterThan(MINUTES * 60 - 30);
        expect(retryAfter).toBeLessThanOrEqual(MINUTES * 60);
      }
    });

    it('is the same for an unknown username or address', async () => {
      const [account, ghost] = [await registerAndVerify(gateway), someone()];
      for (const kind of ['username', 'email'] as const) {
        const [known, unknown] = [await registerAndVerify(gateway), someone()];
        expect(await codes(unknown[kind], THRESHOLD + 2)).toEqual(await codes(known[kind], THRESHOLD + 2));
        const [one, other] = [await guess(unknown[kind]), await guess(known[kind])];
        expect(expectCode(one, 'ACCOUNT_LOCKED').retryAfter).toBeCloseTo(
          expectCode(other, 'ACCOUNT_LOCKED').retryAfter ?? 0,
          -2,
        );
        expect([one.status, one.errors[0]?.message]).toEqual([other.status, other.errors[0]?.message]);
      }
      expect(account.username).not.toBe(ghost.username);
    });

    it('is the same for a pending registration', async () => {
      const pending = someone();
      expectData(await register(gateway, pending));
      expect(await codes(pending.email, THRESHOLD + 1)).toEqual([...failures(THRESHOLD), 'ACCOUNT_LOCKED']);
      expect(await codeOf(pending.email, pending.password)).toBe('ACCOUNT_LOCKED');
    });

    it('mails the owner once, however many guesses follow', async () => {
      const account = await registerAndVerify(gateway);
      await codes(account.username, THRESHOLD + 5);
      await gateway.mail.waitForMail(account.email, tellsOfLock);
      await codes(account.email, THRESHOLD + 5);
      await sleep(700);
      expect(mailsTo(await gateway.mail.mails(), account.email).filter(tellsOfLock)).toHaveLength(1);
    });

    it('refuses the right password by the other identifier too, as INVALID_CREDENTIALS', async () => {
      const account = await registerAndVerify(gateway);
      await codes(account.username, THRESHOLD);
      expect(await codeOf(account.email, account.password)).toBe('INVALID_CREDENTIALS');
      expect(await codes(account.email, THRESHOLD - 1)).toEqual(failures(THRESHOLD - 1));
      expect(await codeOf(account.email, account.password)).toBe('ACCOUNT_LOCKED');
    });

    it('counts failures by username and by email address together', async () => {
      const account = await registerAndVerify(gateway);
      expect(await codes(account.username, 3)).toEqual(failures(3));
      expect(await codes(account.email, 2)).toEqual(failures(2));
      for (const identifier of [account.username, account.email])
        expect(await codeOf(identifier, account.password)).toBe('INVALID_CREDENTIALS');
    });

    it('treats spellings of an identifier that differ in case or spaces as one', async () => {
      const account = await registerAndVerify(gateway);
      const spellings = [
        account.email,
        account.email.toUpperCase(),
        ` ${account.email}`,
        `${account.email}\t`,
        account.email.replace('mail', 'MaIl'),
      ];
      for (const spelling of spellings) expect(await codeOf(spelling)).toBe('INVALID_CREDENTIALS');
      for (const spelling of [account.email, `\u00a0${account.email.toUpperCase()}`])
        expect(await codeOf(spelling, account.password)).toBe('ACCOUNT_LOCKED');
    });

    it('treats the spellings of an international domain as one', async () => {
      const id = someone().username;
      const account = await registerAndVerify(gateway, { email: `${id}@bücher.example` });
      const spellings = [`${id}@bücher.example`, `${id}@xn--bcher-kva.example`, `${id}@BÜCHER.example`];
      for (const username of spellings) await signIn(gateway, { ...account, username });
      for (const spelling of [...spellings, ...spellings].slice(0, THRESHOLD))
        expect(await codeOf(spelling)).toBe('INVALID_CREDENTIALS');
      for (const spelling of spellings)
        expect(await codeOf(spelling, account.password)).toBe('ACCOUNT_LOCKED');
    });

    it('resets its counter at a successful sign-in', async () => {
      const account = await registerAndVerify(gateway);
      for (let round = 0; round < 3; round += 1) {
        expect(await codes(account.username, THRESHOLD - 1)).toEqual(failures(THRESHOLD - 1));
        await signIn(gateway, account);
      }
    });

    it('does not count EMAIL_NOT_VERIFIED or invalid input as a failure', async () => {
      const pending = someone();
      expectData(await register(gateway, pending));
      for (let tries = 0; tries < THRESHOLD + 3; tries += 1) {
        expect(await codeOf(pending.username, pending.password)).toBe('EMAIL_NOT_VERIFIED');
        expect(await codeOf(pending.username, 'x'.repeat(300))).toBe('BAD_USER_INPUT');
        expect(await codeOf(pending.username, '')).toBe('BAD_USER_INPUT');
      }
      expect(await codeOf(pending.username)).toBe('INVALID_CREDENTIALS');
    });

    it('does not reset its counter at EMAIL_NOT_VERIFIED', async () => {
      const owner = await registerAndVerify(gateway);
      const intruder = someone({ email: owner.email, password: 'the intruders Own phrase 1' });
      expectData(await register(gateway, intruder));
      for (let failure = 0; failure < THRESHOLD; failure += 1) {
        expect(await codeOf(owner.email)).toBe('INVALID_CREDENTIALS');
        if (failure < THRESHOLD - 1)
          expect(await codeOf(owner.email, intruder.password)).toBe('EMAIL_NOT_VERIFIED');
      }
      for (const password of [owner.password, intruder.password, WRONG])
        expect(await codeOf(owner.email, password)).toBe('ACCOUNT_LOCKED');
    });
  });

  describe('50 concurrent guesses', () => {
    it('compares five wrong passwords, for a known and an unknown username', async () => {
      for (const { username } of [await registerAndVerify(gateway), someone()]) {
        const results = await Promise.all(Array.from({ length: 50 }, () => codeOf(username)));
        expect(results.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(THRESHOLD);
        expect(results.filter((code) => code === 'ACCOUNT_LOCKED')).toHaveLength(50 - THRESHOLD);
      }
    });

    it('refuses the right password if it comes after the limit', async () => {
      for (let round = 0; round < 5; round += 1) {
        const account = await registerAndVerify(gateway);
        const wrong = Array.from({ length: 49 }, () => codeOf(account.username));
        await sleep(15);
        const results = await Promise.all([...wrong, codeOf(account.username, account.password)]);
        const [last] = results.slice(-1);
        const admitted = results.filter((code) => code !== 'ACCOUNT_LOCKED');
        expect(admitted.length).toBeLessThanOrEqual(THRESHOLD);
        if (last === 'signed in') expect(admitted).toContain(last);
        else expect(last).toBe('ACCOUNT_LOCKED');
        if (last !== 'signed in')
          expect(await codeOf(account.username, account.password)).toBe('ACCOUNT_LOCKED');
      }
    });

    it('refuses the right password afterwards, by either identifier', async () => {
      const account = await registerAndVerify(gateway);
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => codeOf(index % 2 ? account.username : account.email)),
      );
      for (const identifier of [account.username, account.email])
        expect(await codeOf(identifier, account.password)).not.toBe('signed in');
    });
  });

  describe('many guesses in one request', () => {
    const input = (account: Account) => ({ identifier: account.username, password: WRONG });
    const signInField = (index: number) => `a${index}: login(input: $i) { __typename }`;
    const header = 'mutation ($i: LoginInput!)';
    const shapes: Record<string, (count: number) => string> = {
      aliases: (count) =>
        `${header} { ${Array.from({ length: count }, (_, i) => signInField(i)).join(' ')} }`,
      fragments: (count) =>
        `${header} { ${Array.from({ length: count }, (_, i) => `...F${i}`).join(' ')} }
         ${Array.from({ length: count }, (_, i) => `fragment F${i} on Mutation { ${signInField(i)} }`).join('\n')}`,
      'inline fragments': (count) =>
        `${header} { ${Array.from({ length: count }, (_, i) => `... { ${signInField(i)} }`).join(' ')} }`,
      'aliases after a hundred other fields': (count) =>
        `${header} { ${'__typename '.repeat(100)} ${Array.from({ length: count }, (_, i) => signInField(i)).join(' ')} }`,
      'a fragment after a hundred other fields': (count) =>
        `${header} { ...Many ...Logins }
         fragment Many on Mutation { ${'__typename '.repeat(100)} }
         fragment Logins on Mutation { ${Array.from({ length: count }, (_, i) => signInField(i)).join(' ')} }`,
    };
    for (const [shape, document] of Object.entries(shapes)) {
      it(`rejects them as ${shape}`, async () => {
        const account = await registerAndVerify(gateway);
        const { errors, data } = await gateway.client.runRaw(document(3), { i: input(account) });
        expect(
          errors.map((error) => error.extensions.code),
          JSON.stringify(data),
        ).toEqual(['GRAPHQL_VALIDATION_FAILED']);
        // No guess was counted.
        expect(await codes(account.username, THRESHOLD)).toEqual(failures(THRESHOLD));
      });
    }

    it('rejects different credential checks in one request', async () => {
      const { errors } = await gateway.client.runRaw(
        `mutation { login(input: { identifier: "a", password: "b" }) { __typename }
           changePassword(input: { currentPassword: "a", newPassword: "b", confirmPassword: "c" }) { success } }`,
      );
      expect(errors.map((error) => error.extensions.code)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    });

    it('rejects a batch of requests', async () => {
      const account = await registerAndVerify(gateway);
      const one = { query: `${header} { ${signInField(0)} }`, variables: { i: input(account) } };
      const answer = await send(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([one, one, one]),
      });
      expect(answer.status).toBe(400);
      expect(errorsIn(answer).length).toBeGreaterThan(0);
      expect(await codes(account.username, THRESHOLD)).toEqual(failures(THRESHOLD));
    });
  });

  describe('a lockout that an attacker causes', () => {
    it('does not apply to a device that has signed in before: it has its own counter', async () => {
      const account = await registerAndVerify(gateway);
      const cookies = await deviceOf(account);
      await codes(account.username, THRESHOLD + 2);
      await codes(account.email, THRESHOLD + 2);
      for (const identifier of [account.username, account.email])
        expect(await codeOf(identifier, account.password, { cookies })).toBe('signed in');
      expect(await codeOf(account.username, account.password)).toBe('ACCOUNT_LOCKED');
    });

    it('gives a stolen device cookie no more guesses than a new device, and locks only that device', async () => {
      const account = await registerAndVerify(gateway);
      const cookies = await deviceOf(account);
      expect(await codes(account.username, THRESHOLD + 1, { cookies })).toEqual([
        ...failures(THRESHOLD),
        'ACCOUNT_LOCKED',
      ]);
      expect(await codeOf(account.email, account.password, { cookies })).toBe('ACCOUNT_LOCKED');
      await signIn(gateway, account);
    });

    it('applies to a forged or altered device cookie, and to that of another account', async () => {
      const [account, attacker] = [await registerAndVerify(gateway), await registerAndVerify(gateway)];
      const { device: own = '' } = await deviceOf(account);
      const { device: theirs = '' } = await deviceOf(attacker);
      await codes(account.username, THRESHOLD);
      const forgeries = [
        theirs,
        `${own}AAAA`,
        own.slice(0, -4),
        `ghd1_${'A'.repeat(64)}`,
        '',
        ...Array.from({ length: own.length - 5 }, (_, index) => alterAt(own, index + 5)),
      ];
      for (const device of forgeries) {
        const cookies = { device };
        expect(await codeOf(account.username, account.password, { cookies }), device).toBe('ACCOUNT_LOCKED');
      }
      expect(await codeOf(account.username, account.password, { cookies: { device: own } })).toBe(
        'signed in',
      );
    });

    it('applies even if each guess brings the device cookie of another account', async () => {
      const account = await registerAndVerify(gateway);
      const found: unknown[] = [];
      for (let turn = 0; turn <= THRESHOLD; turn += 1) {
        const cookies = await deviceOf(await registerAndVerify(gateway));
        found.push(await codeOf(account.username, WRONG, { cookies }));
      }
      expect(found).toEqual([...failures(THRESHOLD), 'ACCOUNT_LOCKED']);
    });
  });

  describe('other operations during a lockout', () => {
    it('accepts the access and refresh tokens of a locked account', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken, refreshToken } = await signIn(gateway, account);
      await codes(account.username, THRESHOLD + 1);
      expectData(await gateway.client.run(MeDocument, {}, { token: accessToken }));
      expectData(await gateway.client.run(RefreshTokenDocument, { refreshToken }));
    });

    it('limits guesses at the current password with a stolen access token', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      for (let tries = 0; tries < THRESHOLD; tries += 1) {
        // The operations that ask for the password share one counter.
        const result =
          tries % 2
            ? await changePassword(gateway, accessToken, WRONG)
            : await changeEmail(gateway, accessToken, { password: WRONG }, someone().email);
        expectCode(result, 'INVALID_CREDENTIALS');
      }
      const right = await changePassword(gateway, accessToken, account.password);
      expect(expectCode(right, 'ACCOUNT_LOCKED').retryAfter).toBeGreaterThan(0);
      expectCode(await changeEmail(gateway, accessToken, account, someone().email), 'ACCOUNT_LOCKED');
      // The thief has not locked out the owner.
      await signIn(gateway, account);
    });

    it('limits 50 concurrent guesses with a stolen access token', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const results = await Promise.all(
        Array.from({ length: 50 }, () => changePassword(gateway, accessToken, WRONG)),
      );
      const compared = results.filter(({ errors }) => errors[0]?.extensions.code === 'INVALID_CREDENTIALS');
      expect(compared).toHaveLength(THRESHOLD);
    });

    it('lifts the lockout with a password reset', async () => {
      const account = await registerAndVerify(gateway);
      await codes(account.username, THRESHOLD + 1);
      expectData(await resetBy(gateway, await resetToken(gateway, account.email)));
      await signIn(gateway, { ...account, password: NEW_PASSWORD });
    });
  });
});

describeOnPostgres('the lockout duration', ({ start }) => {
  let gateway: Gateway;
  const sql = () => openDatabase(gateway);
  /** Ends every lockout now. */
  const afterTheLock = () => sql()`update failure_counters
    set locked_until = now() - interval '1 second' where locked_until is not null`;
  const fail = async (identifier: string, count: number) => {
    for (let failure = 0; failure < count; failure += 1)
      expectCode(await login(gateway, { username: identifier, password: WRONG }), 'INVALID_CREDENTIALS');
  };
  const retryAfter = async (identifier: string) =>
    expectCode(await login(gateway, { username: identifier, password: WRONG }), 'ACCOUNT_LOCKED')
      .retryAfter ?? 0;

  beforeAll(async () => {
    gateway = await start();
  });

  it('doubles with each lockout up to an hour, and each lockout sends one mail', async () => {
    const [account, ghost] = [await registerAndVerify(gateway), someone()];
    for (const { username } of [account, ghost]) {
      const lasted: number[] = [];
      for (let lock = 0; lock < 4; lock += 1) {
        await fail(username, THRESHOLD);
        lasted.push(Math.round((await retryAfter(username)) / 60));
        await afterTheLock();
      }
      expect(lasted).toEqual([15, 30, 60, 60]);
    }
    await sleep(700);
    expect(mailsTo(await gateway.mail.mails(), account.email).filter(tellsOfLock)).toHaveLength(4);
    expect(mailsTo(await gateway.mail.mails(), ghost.email)).toEqual([]);
  });

  it('starts again at 15 minutes after a successful sign-in', async () => {
    const account = await registerAndVerify(gateway);
    await fail(account.username, THRESHOLD);
    await retryAfter(account.username);
    await afterTheLock();
    await signIn(gateway, account);
    await fail(account.username, THRESHOLD);
    expect(Math.round((await retryAfter(account.username)) / 60)).toBe(15);
  });

  it('is not extended by guesses during the lockout', async () => {
    const account = await registerAndVerify(gateway);
    await fail(account.username, THRESHOLD);
    await sql()`update failure_counters set locked_until = now() + interval '100 seconds'
      where locked_until is not null`;
    for (let guess = 0; guess < 20; guess += 1)
      expect(await retryAfter(account.username)).toBeLessThanOrEqual(100);
    await afterTheLock();
    await signIn(gateway, account);
  });
});

describeOnPostgres('password guessing from many addresses', ({ start }) => {
  const startLimited = () => start({ env: { TRUST_PROXY: '127.0.0.1/32', RATE_LIMIT_ENABLED: 'true' } });
  const from = (address: string): RunOptions => ({ headers: { 'x-forwarded-for': address } });
  const attempt = async (gateway: Gateway, options: RunOptions) =>
    (await login(gateway, { ...someone(), password: WRONG }, {}, options)).errors[0]?.extensions.code;

  it('is stopped by the lockout of the account', async () => {
    const gateway = await startLimited();
    const account = someone();
    const found: unknown[] = [];
    for (let index = 0; index <= THRESHOLD; index += 1) {
      const options = from(`198.51.100.${index}`);
      const { errors } = await login(gateway, { ...account, password: WRONG }, {}, options);
      found.push(errors[0]?.extensions.code);
    }
    expect(found.slice(-2)).toEqual(['INVALID_CREDENTIALS', 'ACCOUNT_LOCKED']);
  });

  it('hits the limit of one address that guesses at many accounts', async () => {
    const gateway = await startLimited();
    const found: unknown[] = [];
    for (let index = 0; index < 12; index += 1) found.push(await attempt(gateway, from('203.0.113.9')));
    expect(found.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'INVALID_CREDENTIALS'));
    expect(found.slice(10)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(await attempt(gateway, from('203.0.113.10'))).toBe('INVALID_CREDENTIALS');
  });

  it('counts an IPv6 /64 as one address', async () => {
    const gateway = await startLimited();
    const found: unknown[] = [];
    for (let index = 0; index < 11; index += 1)
      found.push(await attempt(gateway, from(`2001:db8:7:1:${index.toString(16)}:${index}:beef:${index}`)));
    expect(found.slice(-2)).toEqual(['INVALID_CREDENTIALS', 'RATE_LIMITED']);
    expect(await attempt(gateway, from('2001:DB8:7:1::1'))).toBe('RATE_LIMITED');
    expect(await attempt(gateway, from('2001:db8:7:2::1'))).toBe('INVALID_CREDENTIALS');
  });

  it('counts the spellings of one address as one', async () => {
    const gateway = await startLimited();
    const spellings = ['192.0.2.44', '::ffff:192.0.2.44', '::ffff:c000:22c', '::FFFF:192.0.2.44'];
    const found: unknown[] = [];
    for (let index = 0; index < 12; index += 1)
      found.push(await attempt(gateway, from(spellings[index % 4] ?? '')));
    expect(found.slice(-2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
  });

  it('ignores what the client itself puts into X-Forwarded-For', async () => {
    const gateway = await startLimited();
    const found: unknown[] = [];
    for (let index = 0; index < 12; index += 1)
      found.push(await attempt(gateway, from(`10.9.8.${index}, 127.0.0.1, 203.0.113.77`)));
    expect(found.slice(-2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
  });

  it('counts malformed addresses as one', async () => {
    const gateway = await startLimited();
    const found: unknown[] = [];
    for (let index = 0; index < 12; index += 1) found.push(await attempt(gateway, from(`nonsense-${index}`)));
    expect(found.slice(-2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
  });

  it('at unknown identifiers leaves rows only for the passwords that were compared', async () => {
    const gateway = await start({
      env: { TRUST_PROXY: '127.0.0.1/32', RATE_LIMIT_ENABLED: 'true', BCRYPT_COST: '10' },
    });
    const found = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        attempt(gateway, from(`198.51.${index % 100}.${Math.floor(index / 100)}`)),
      ),
    );
    const compared = found.filter((code) => code === 'INVALID_CREDENTIALS').length;
    expect(compared).toBeGreaterThan(20);
    // The hashing queue was full.
    expect(found.filter((code) => code === 'SERVICE_UNAVAILABLE')).toHaveLength(300 - compared);
    expect(compared).toBeLessThan(250);
    const [row] = await openDatabase(gateway)`select count(*)::int as count from failure_counters`;
    expect(row?.count).toBe(2 * compared);
  });

  it('ignores X-Forwarded-For without TRUST_PROXY', async () => {
    const gateway = await start({ env: { RATE_LIMIT_ENABLED: 'true' } });
    const found: unknown[] = [];
    for (let index = 0; index < 12; index += 1) {
      const address = `198.51.100.${index}`;
      const headers = {
        'x-forwarded-for': address,
        'x-real-ip': address,
        forwarded: `for=${address}`,
        'cf-connecting-ip': address,
        'true-client-ip': address,
        'x-client-ip': address,
      };
      found.push(await attempt(gateway, { headers }));
    }
    expect(found.slice(-2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
  });
});
