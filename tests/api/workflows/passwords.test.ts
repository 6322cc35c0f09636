import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/bcrypt';
import { beforeAll, describe, expect, it } from 'vitest';
import { MeDocument, RefreshTokenDocument } from '../../generated/graphql.js';
import {
  type Account,
  login,
  register,
  registerAndVerify,
  STRONG_PASSWORD,
  signedInBy,
  signIn,
  someone,
  welcomed,
} from '../../support/accounts.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres, describeOnPostgresFirst, startGateway } from '../../support/in-process.js';
import { hasToken, mailsTo, tokenIn } from '../../support/mailbox.js';
import {
  changeEmail,
  changePassword,
  isReset,
  isVerification,
  NEW_PASSWORD,
  requestReset,
  resetBy,
  resetToken,
  tellsOfNewPassword,
  verifyBy,
} from '../../support/recovery.js';
import { sleep } from '../../support/wait.js';

const WRONG = 'a quite Wrong phrase 12';

/** Expects that exactly one field was refused, and returns its message. */
function expectFault(result: Result<unknown>, field: string): string {
  const { fieldErrors = [] } = expectCode(result, 'BAD_USER_INPUT');
  expect(fieldErrors.map((fault) => fault.field)).toEqual([field]);
  expect(fieldErrors[0]?.message).not.toBe('');
  return fieldErrors[0]?.message ?? '';
}

describeOnPostgresFirst('passwords', ({ start }) => {
  let gateway: Gateway;
  const me = (token: string) => gateway.client.run(MeDocument, {}, { token });
  const refresh = (refreshToken: string) => gateway.client.run(RefreshTokenDocument, { refreshToken });
  const device = async (account: Account) => {
    const { cookies } = await login(gateway, account);
    return { device: cookies.device?.value ?? '' };
  };
  const lock = async (identifier: string) => {
    for (let failure = 0; failure < 5; failure += 1) {
      const result = await login(gateway, { username: identifier, password: WRONG });
      expectCode(result, 'INVALID_CREDENTIALS');
    }
    expectCode(await login(gateway, { username: identifier, password: WRONG }), 'ACCOUNT_LOCKED');
  };

  beforeAll(async () => {
    gateway = await start();
  });

  describe('a reset', () => {
    it('sets a new password by the mailed link, notifies the owner, and starts no session', async () => {
      const account = await registerAndVerify(gateway);
      const token = await resetToken(gateway, account.email);
      const result = await resetBy(gateway, token);
      expect(expectData(result).resetPassword).toEqual({ success: true });
      expect(result.cookies).toEqual({});
      const told = await gateway.mail.waitForMail(account.email, tellsOfNewPassword);
      for (const secret of [token, NEW_PASSWORD, account.password])
        expect(told.text + told.html).not.toContain(secret);
      expectCode(await login(gateway, account), 'INVALID_CREDENTIALS');
      await signIn(gateway, { ...account, password: NEW_PASSWORD });
    });

    it('verifies an unverified address', async () => {
      const account = someone();
      expectData(await register(gateway, account));
      expectCode(await login(gateway, account), 'EMAIL_NOT_VERIFIED');
      expectData(await resetBy(gateway, await resetToken(gateway, account.email)));
      const { user } = await signIn(gateway, { ...account, password: NEW_PASSWORD });
      expect(user).toMatchObject({ email: account.email, username: account.username, emailVerified: true });
    });

    it('lifts the lockout of both identifiers', async () => {
      const account = await registerAndVerify(gateway);
      await lock(account.username);
      await lock(account.email);
      expectData(await resetBy(gateway, await resetToken(gateway, account.email)));
      for (const identifier of [account.username, account.email])
        await signIn(gateway, { username: identifier, password: NEW_PASSWORD });
    });

    it('ends all sessions', async () => {
      const account = await registerAndVerify(gateway);
      const sessions = [await signIn(gateway, account), await signIn(gateway, account, { rememberMe: true })];
      for (const { accessToken } of sessions) expectData(await me(accessToken));
      expectData(await resetBy(gateway, await resetToken(gateway, account.email)));
      for (const { accessToken, refreshToken } of sessions) {
        expect(expectCode(await me(accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
        expectCode(await refresh(refreshToken), 'TOKEN_INVALID');
      }
    });

    it('forgets known devices', async () => {
      const account = await registerAndVerify(gateway);
      const cookies = await device(account);
      expectData(await resetBy(gateway, await resetToken(gateway, account.email)));
      await lock(account.username);
      const renewed = { ...account, password: NEW_PASSWORD };
      expectCode(await login(gateway, renewed, {}, { cookies }), 'ACCOUNT_LOCKED');
    });

    it('voids the link of a pending change of address', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const { email: other } = someone();
      expectData(await changeEmail(gateway, accessToken, account, other));
      const change = tokenIn(await gateway.mail.waitForMail(other, isVerification));
      expectData(await resetBy(gateway, await resetToken(gateway, account.email)));
      expectCode(await verifyBy(gateway, change), 'TOKEN_INVALID');
    });

    it('voids the verification link of a pending registration', async () => {
      const account = someone();
      expectData(await register(gateway, account));
      const verification = tokenIn(await gateway.mail.waitForMail(account.email, isVerification));
      expectData(await resetBy(gateway, await resetToken(gateway, account.email)));
      expectCode(await verifyBy(gateway, verification), 'TOKEN_INVALID');
    });

    it('is mailed to the stored address, in whatever letter case it is requested', async () => {
      const account = await registerAndVerify(gateway);
      expectData(await requestReset(gateway, ` ${account.email.toUpperCase()} `));
      const mail = await gateway.mail.waitForMail(account.email, isReset);
      expect(mail.to).toEqual([account.email]);
    });

    it('refuses a bad password, and the link stays valid', async () => {
      const account = await registerAndVerify(gateway);
      const token = await resetToken(gateway, account.email);
      for (const bad of ['short', 'aaaaaaaaaaaaaaaa', `my ${account.username} it is`])
        expectFault(await resetBy(gateway, token, bad), 'newPassword');
      const differing = await gateway.client.runRaw(
        'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { success } }',
        { input: { token, newPassword: NEW_PASSWORD, confirmPassword: `${NEW_PASSWORD} ` } },
      );
      expectFault(differing, 'confirmPassword');
      await signIn(gateway, account);
      expectData(await resetBy(gateway, token));
    });

    it('answers the same for an unknown address, and mails nobody', async () => {
      const [stranger, account] = [someone(), await registerAndVerify(gateway)];
      const answers = [
        await requestReset(gateway, stranger.email),
        await requestReset(gateway, account.email),
      ];
      expect(answers[0]?.data).toEqual(answers[1]?.data);
      expect(answers[0]?.errors).toEqual([]);
      await gateway.mail.waitForMail(account.email, isReset);
      expect(mailsTo(await gateway.mail.mails(), stranger.email)).toEqual([]);
    });
  });

  describe('a change of the password', () => {
    it("ends all other sessions, keeps the caller's, and notifies the owner", async () => {
      const account = await registerAndVerify(gateway);
      const [mine, other] = [await signIn(gateway, account), await signIn(gateway, account)];
      for (const { accessToken } of [mine, other]) expectData(await me(accessToken));
      expectData(await changePassword(gateway, mine.accessToken, account.password));
      expect(expectCode(await me(other.accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
      expectCode(await refresh(other.refreshToken), 'TOKEN_INVALID');
      expectData(await me(mine.accessToken));
      expectData(await refresh(mine.refreshToken));
      expectCode(await login(gateway, account), 'INVALID_CREDENTIALS');
      await signIn(gateway, { ...account, password: NEW_PASSWORD });
      await gateway.mail.waitForMail(account.email, tellsOfNewPassword);
    });

    it('requires the current password, a matching confirmation and a good new password; otherwise nothing changes', async () => {
      const account = await registerAndVerify(gateway);
      const [{ accessToken }, other] = [await signIn(gateway, account), await signIn(gateway, account)];
      const change = (current: string, next?: string, confirmation?: string) =>
        changePassword(gateway, accessToken, current, next, confirmation);

      expectCode(await change(WRONG), 'INVALID_CREDENTIALS');
      expectFault(await change(account.password, NEW_PASSWORD, `${NEW_PASSWORD}!`), 'confirmPassword');
      const [local = ''] = account.email.split('@');
      for (const bad of [
        'Xk4!short',
        'passwordpassword',
        `Qz9! ${account.username.toUpperCase()} w8`,
        `Qz9! ${local.toUpperCase()} w8`,
        account.password,
        // The same password in full-width letters: NFKC maps both to the same text before hashing.
        account.password.replaceAll(/[a-z]/gi, (letter) =>
          String.fromCodePoint(letter.charCodeAt(0) + 0xfee0),
        ),
      ]) {
        expectFault(await change(account.password, bad), 'newPassword');
      }
      expectUnauthenticatedCaller(await changePassword(gateway, 'nonsense', account.password));
      expectData(await me(other.accessToken));
      await signIn(gateway, account);
      await sleep(300);
      expect(mailsTo(await gateway.mail.mails(), account.email).filter(tellsOfNewPassword)).toEqual([]);
    });

    it('voids the links mailed before', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const { email: other } = someone();
      const reset = await resetToken(gateway, account.email);
      expectData(await changeEmail(gateway, accessToken, account, other));
      const change = tokenIn(await gateway.mail.waitForMail(other, isVerification));
      expectData(await changePassword(gateway, accessToken, account.password));
      expectCode(await resetBy(gateway, reset, 'yet Another phrase 0815'), 'TOKEN_INVALID');
      expectCode(await verifyBy(gateway, change), 'TOKEN_INVALID');
    });

    it('succeeds once if 20 requests run concurrently', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const phrases = Array.from({ length: 20 }, (_, index) => `${NEW_PASSWORD} no ${index}`);
      const results = await Promise.all(
        phrases.map((phrase) => changePassword(gateway, accessToken, account.password, phrase)),
      );
      const changed = phrases.filter((_, index) => results[index]?.errors.length === 0);
      expect(changed).toHaveLength(1);
      await signIn(gateway, { ...account, password: changed[0] ?? '' });
    });
  });

  describe('a change of the address', () => {
    it('takes effect when the link mailed to the new address is opened, not before', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const { email: next } = someone();
      await welcomed(gateway, account);
      const before = (await gateway.mail.mails()).length;
      expectData(await changeEmail(gateway, accessToken, account, next));
      const token = tokenIn(await gateway.mail.waitForMail(next, isVerification));
      const notice = await gateway.mail.waitForMail(
        account.email,
        ({ subject, text }) => !hasToken({ text }) && /address/i.test(subject),
      );
      expect(notice.text + notice.html).not.toContain(token);
      expect(mailsTo((await gateway.mail.mails()).slice(before), account.email)).toHaveLength(1);
      expect(expectData(await me(accessToken)).me).toMatchObject({ email: account.email });
      expectCode(await login(gateway, { ...account, username: next }), 'INVALID_CREDENTIALS');
      await signIn(gateway, { ...account, username: account.email });

      expect(expectData(await verifyBy(gateway, token)).verifyEmail).toEqual({ email: next });
      expect(expectData(await me(accessToken)).me).toMatchObject({ email: next, emailVerified: true });
      expectCode(await login(gateway, { ...account, username: account.email }), 'INVALID_CREDENTIALS');
      await signIn(gateway, { ...account, username: next });
    });

    it('looks the same for a taken address, notifies its owner, and has no effect', async () => {
      const [account, owner] = [await registerAndVerify(gateway), await registerAndVerify(gateway)];
      const { accessToken } = await signIn(gateway, account);
      const { email: next } = someone();
      const free = await changeEmail(gateway, accessToken, account, next);
      await gateway.mail.waitForMail(next, isVerification);
      await gateway.mail.waitForMail(account.email, ({ subject }) => /address/i.test(subject));
      await sleep(300);
      const before = (await gateway.mail.mails()).length;
      const taken = await changeEmail(gateway, accessToken, account, owner.email.toUpperCase());
      expect([taken.status, taken.data, taken.errors]).toEqual([free.status, free.data, free.errors]);
      await gateway.mail.waitForMail(owner.email, (mail) => !hasToken(mail) && /already/i.test(mail.subject));
      await sleep(300);
      const since = (await gateway.mail.mails()).slice(before);
      expect(mailsTo(since, owner.email).filter(hasToken)).toEqual([]);
      expect(mailsTo(since, account.email)).toHaveLength(1);
      await signIn(gateway, { ...owner, username: owner.email });
    });

    it('is refused if another user has verified the address in the meantime', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const rival = someone();
      expectData(await changeEmail(gateway, accessToken, account, rival.email));
      const change = tokenIn(await gateway.mail.waitForMail(rival.email, isVerification));
      expectData(await register(gateway, rival));
      const theirs = await gateway.mail.waitForMail(
        rival.email,
        (mail) => isVerification(mail) && tokenIn(mail) !== change,
      );
      expectData(await verifyBy(gateway, tokenIn(theirs)));
      expectCode(await verifyBy(gateway, change), 'TOKEN_INVALID');
      expect(expectData(await me(accessToken)).me).toMatchObject({ email: account.email });
    });

    it('is refused for the same address and with a wrong password, and mails nobody', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      await welcomed(gateway, account);
      const before = (await gateway.mail.mails()).length;
      for (const same of [account.email, account.email.toUpperCase(), ` ${account.email} `])
        expectFault(await changeEmail(gateway, accessToken, account, same), 'newEmail');
      expectFault(await changeEmail(gateway, accessToken, account, 'no address'), 'newEmail');
      const { email: other } = someone();
      const wrong = await changeEmail(gateway, accessToken, { password: WRONG }, other);
      expectCode(wrong, 'INVALID_CREDENTIALS');
      await sleep(300);
      expect(mailsTo((await gateway.mail.mails()).slice(before), account.email)).toEqual([]);
      expect(mailsTo(await gateway.mail.mails(), other)).toEqual([]);
    });

    it('voids the links mailed before, including a link to another new address', async () => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const [first, second] = [someone(), someone()];
      expectData(await changeEmail(gateway, accessToken, account, first.email));
      const superseded = tokenIn(await gateway.mail.waitForMail(first.email, isVerification));
      expectData(await changeEmail(gateway, accessToken, account, second.email));
      const token = tokenIn(await gateway.mail.waitForMail(second.email, isVerification));
      expectCode(await verifyBy(gateway, superseded), 'TOKEN_INVALID');
      const reset = await resetToken(gateway, account.email);
      expectData(await verifyBy(gateway, token));
      expectCode(await resetBy(gateway, reset), 'TOKEN_INVALID');
    });
  });

  describe('the password rules', () => {
    const attempt = (password: string, given: Partial<Account> = {}) =>
      register(gateway, someone({ password, ...given }));
    const random = (length: number) => randomBytes(length).toString('base64').slice(0, length);

    it(`accepts ${STRONG_PASSWORD}`, async () => {
      expectData(await attempt(STRONG_PASSWORD));
    });

    it('accepts 12 code points and refuses 11, however many UTF-16 units they take', async () => {
      const emoji = [...'🦩🛶🎷🧭🥨🪁🚲🧶🌵🎻🦔🪜'];
      expect(emoji).toHaveLength(12);
      expectData(await attempt(emoji.join('')));
      expectFault(await attempt(emoji.slice(1).join('')), 'password');
      expectData(await attempt('xQ7#vB2!mK9z'));
      expectFault(await attempt('xQ7#vB2!mK9'), 'password');
    });

    it('accepts 256 code points and refuses 257', async () => {
      expectData(await attempt(random(256)));
      expectFault(await attempt(random(257)), 'password');
    });

    it('refuses passwords that are easy to guess, and says so', async () => {
      for (const easy of ['aaaaaaaaaaaa', '123456789012', 'passwordpassword', 'qwertyuiopasdf'])
        expect(expectFault(await attempt(easy), 'password')).toMatch(/guess|easy|common|weak/i);
    });

    it('refuses a password with the username or the local part of the address, in any letter case', async () => {
      const given = {
        username: 'Marguerite',
        email: `bartholomew@${randomBytes(4).toString('hex')}.example`,
      };
      expect(expectFault(await attempt('xK2 mArGuErItE z9!', given), 'password')).toMatch(/username/i);
      expect(expectFault(await attempt('xK2 BARTHOLOMEW z9!', given), 'password')).toMatch(/address/i);
      expectFault(await attempt('xK2 ＭＡＲＧＵＥＲＩＴＥ z9!', given), 'password');
    });

    it('requires no character classes', async () => {
      expectData(await attempt('violet otter mends an umbrella'));
    });

    it('does not trim spaces', async () => {
      const account = await registerAndVerify(gateway, { password: '  violet otter mends  ' });
      await signIn(gateway, account);
      for (const password of [account.password.trim(), account.password.trimEnd(), `${account.password} `])
        expectCode(await login(gateway, { ...account, password }), 'INVALID_CREDENTIALS');
    });

    it('compares every byte, also after the 72 bytes that bcrypt reads', async () => {
      const long = random(200);
      const account = await registerAndVerify(gateway, { password: `${long}a` });
      expectCode(await login(gateway, { ...account, password: `${long}b` }), 'INVALID_CREDENTIALS');
      expectCode(await login(gateway, { ...account, password: long }), 'INVALID_CREDENTIALS');
      await signIn(gateway, account);
    });

    it('treats Unicode spellings of one password as equal (NFKC)', async () => {
      const composed = 'Crème brûlée für Zoë ½';
      const account = await registerAndVerify(gateway, { password: composed.normalize('NFD') });
      for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const)
        await signIn(gateway, { ...account, password: composed.normalize(form) });
      expectCode(
        await login(gateway, { ...account, password: 'Creme brulee fur Zoe ½' }),
        'INVALID_CREDENTIALS',
      );
    });

    it('accepts at sign-in what it accepted at registration: 200 letters that are 400 code points before NFKC', async () => {
      const letters = 'áéíóúàèìòùâêîôûäëïöüñãõåçčďěňřšťůžý'.normalize('NFC');
      const password = Array.from({ length: 200 }, (_, index) => letters[(index * 7) % letters.length])
        .join('')
        .normalize('NFD');
      expect([...password].length).toBeGreaterThan(256);
      const account = await registerAndVerify(gateway, { password });
      await signIn(gateway, { ...account, password: password.normalize('NFC') });
      await signIn(gateway, account);
    });
  });
});

function expectUnauthenticatedCaller(result: Result<unknown>) {
  expect(expectCode(result, 'UNAUTHENTICATED').reason).toBe('TOKEN_INVALID');
}

describeOnPostgres('a stored password', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start({ env: { BCRYPT_COST: '10' } });
  });

  const storedHash = async ({ username }: Account) => {
    const [row] = await openDatabase(gateway)`select password_hash from users where username = ${username}`;
    return String(row?.password_hash);
  };
  const store = ({ username }: Account, passwordHash: string) =>
    openDatabase(gateway)`update users set password_hash = ${passwordHash} where username = ${username}`;

  it('is not reset for a deactivated account: no mail, and earlier links are void', async () => {
    const [gone, active] = [await registerAndVerify(gateway), await registerAndVerify(gateway)];
    const token = await resetToken(gateway, gone.email);
    await openDatabase(gateway)`update users set is_active = false where username = ${gone.username}`;
    await welcomed(gateway, gone);
    const before = (await gateway.mail.mails()).length;
    expectData(await requestReset(gateway, gone.email));
    await resetToken(gateway, active.email);
    await sleep(500);
    expect(mailsTo((await gateway.mail.mails()).slice(before), gone.email)).toEqual([]);
    expectCode(await resetBy(gateway, token), 'TOKEN_INVALID');
    expectCode(await login(gateway, gone), 'ACCOUNT_DISABLED');
    expectCode(await login(gateway, { ...gone, password: WRONG }), 'INVALID_CREDENTIALS');
  });

  for (const prefix of ['$2a$', '$2b$', '$2y$']) {
    it(`is accepted as plain bcrypt of an earlier system (${prefix}), and rehashed at sign-in`, async () => {
      const account = await registerAndVerify(gateway);
      const plain = (await hash('an Earlier phrase 99', { cost: 10 })).replace(/^\$2.\$/, prefix);
      await store(account, plain);
      expectCode(await login(gateway, account), 'INVALID_CREDENTIALS');
      expect(await storedHash(account)).toBe(plain);
      await signIn(gateway, { ...account, password: 'an Earlier phrase 99' });
      const renewed = await storedHash(account);
      expect(renewed).not.toBe(plain);
      expect(renewed).not.toMatch(/^\$2/);
      await signIn(gateway, { ...account, password: 'an Earlier phrase 99' });
      expect(await storedHash(account)).toBe(renewed);
    });
  }

  it('is accepted as plain bcrypt without NFKC', async () => {
    const account = await registerAndVerify(gateway);
    const password = 'ein früherer Satz … ½ ™'.normalize('NFD');
    await store(account, await hash(password, { cost: 10 }));
    await signIn(gateway, { ...account, password });
    await signIn(gateway, { ...account, password: password.normalize('NFKC') });
  });

  it('is compared in full after a plain bcrypt hash was rehashed', async () => {
    const account = await registerAndVerify(gateway);
    const long = `${'x9 Long phrase '.repeat(6)}tail`;
    await store(account, await hash(long, { cost: 10 }));
    await signIn(gateway, { ...account, password: long });
    const altered = { ...account, password: `${long.slice(0, -1)}!` };
    expectCode(await login(gateway, altered), 'INVALID_CREDENTIALS');
  });

  it('is refused if its hash is malformed', async () => {
    const account = await registerAndVerify(gateway);
    for (const broken of ['', account.password, '$2b$10$short', 'hs384:-:']) {
      await store(account, broken);
      expectCode(await login(gateway, account), 'INVALID_CREDENTIALS');
    }
  });

  it('is rehashed at sign-in if its cost is lower, not if it is higher', async () => {
    const account = await registerAndVerify(gateway);
    expect(await storedHash(account)).toMatch(/\$10\$/);
    const stronger = await startGateway({ peer: gateway, env: { BCRYPT_COST: '11' } });
    expectCode(await login(stronger, { ...account, password: WRONG }), 'INVALID_CREDENTIALS');
    expect(await storedHash(account)).toMatch(/\$10\$/);
    signedInBy(await login(stronger, account));
    expect(await storedHash(account)).toMatch(/\$11\$/);
    signedInBy(await login(gateway, account));
    expect(await storedHash(account)).toMatch(/\$11\$/);
  });

  it('is accepted after a rotation of the pepper, and rehashed with the new one', async () => {
    const account = await registerAndVerify(gateway);
    const bare = await storedHash(account);
    const [first, second] = ['first-pepper-'.repeat(4), 'second-pepper-'.repeat(4)];
    const peppered = await startGateway({ peer: gateway, env: { PASSWORD_PEPPER: first } });
    await signIn(peppered, account);
    const once = await storedHash(account);
    expect(once).not.toBe(bare);
    const rotated = await startGateway({ peer: gateway, env: { PASSWORD_PEPPER: `${second},${first}` } });
    await signIn(rotated, account);
    expect(await storedHash(account)).not.toBe(once);
    expectCode(await login(peppered, account), 'INVALID_CREDENTIALS');
    await signIn(rotated, account);
    for (const pepper of [first, second]) expect(await storedHash(account)).not.toContain(pepper);
  });
});
