import { beforeAll, describe, expect, it } from 'vitest';
import { ResendVerificationEmailDocument } from '../../generated/graphql.js';
import { type Account, login, register, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { describeOnPostgresFirst } from '../../support/backends.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { hasToken } from '../../support/mailbox.js';
import { expectSameTime, roundsOf } from '../../support/timing.js';
import { sleep } from '../../support/wait.js';

/** One account for each attempt of a measurement and of its repetition, so that none is locked. */
const ACCOUNTS = 2 * roundsOf(40) + 4;

/**
 * The parts of an answer that could reveal whether an account exists, without parts that differ between any two
 * answers.
 */
function visible({ data, errors, status, headers, cookies }: Result<unknown>, typed: string[]) {
  const blank = (value: unknown) =>
    typed.reduce((text, one) => text.replaceAll(one, 'typed'), JSON.stringify(value) ?? '');
  const steady = Object.entries(headers).filter(
    ([name]) => !/^(date|etag|set-cookie)$|request-id/.test(name),
  );
  return { status, body: blank({ data, errors }), headers: blank(steady), cookies: Object.keys(cookies) };
}

describeOnPostgresFirst('enumeration', ({ start }) => {
  let gateway: Gateway;
  const accounts: Account[] = [];
  let client = 0;

  /** A new client address each time, so that the limit by address does not distort the measurement. */
  const newAddress = () => {
    client += 1;
    return { headers: { 'x-forwarded-for': `10.1.${client >> 8}.${client & 255}` } };
  };

  beforeAll(async () => {
    gateway = await start({ env: { TRUST_PROXY: '127.0.0.0/8' } });
    for (let done = 0; done < ACCOUNTS; done += 12) {
      accounts.push(...(await Promise.all(Array.from({ length: 12 }, () => registerAndVerify(gateway)))));
    }
  });

  describe('register', () => {
    const free = () => someone();
    const taken = () => someone({ email: accounts[0]?.email ?? '' });

    it('answers the same for a free and a taken address', async () => {
      const answers = [free(), taken()].map(async (account) => {
        const result = await register(gateway, account, newAddress());
        expectData(result);
        return visible(result, [account.email, account.username]);
      });
      const [first, second] = await Promise.all(answers);
      expect(second).toEqual(first);
    });

    it('takes the same time for a free and a taken address', async () => {
      await expectSameTime(
        () => register(gateway, free(), newAddress()),
        () => register(gateway, taken(), newAddress()),
      );
    });

    it('makes a later sign-in answer EMAIL_NOT_VERIFIED in both cases', async () => {
      const other = { password: 'another Strong phrase 77' };
      for (const account of [someone(other), { ...taken(), ...other }]) {
        expectData(await register(gateway, account, newAddress()));
        expectCode(await login(gateway, account, {}, newAddress()), 'EMAIL_NOT_VERIFIED');
        expectCode(
          await login(gateway, account, { identifier: account.email }, newAddress()),
          'EMAIL_NOT_VERIFIED',
        );
        const wrong = { ...account, password: 'a quite Wrong phrase 12' };
        expectCode(await login(gateway, wrong, {}, newAddress()), 'INVALID_CREDENTIALS');
        expectCode(
          await login(gateway, wrong, { identifier: account.email }, newAddress()),
          'INVALID_CREDENTIALS',
        );
      }
    });

    it('mails the owner of a taken address no link, and does not change the account', async () => {
      const owner = await registerAndVerify(gateway);
      const before = (await gateway.mail.mails()).length;
      const intruder = someone({ email: owner.email.toUpperCase(), password: 'another Strong phrase 77' });
      expectData(await register(gateway, intruder, newAddress()));
      await gateway.mail.waitForMail(
        owner.email,
        ({ text }) => !hasToken({ text }) && /already|registered/i.test(text),
      );
      await sleep(500);
      const since = (await gateway.mail.mails()).slice(before).filter(({ to }) => to.includes(owner.email));
      expect(since.filter(hasToken)).toEqual([]);
      const { user } = await signIn(gateway, { ...owner, username: owner.email });
      expect(user.username).toBe(owner.username);
    });
  });

  describe('resendVerificationEmail', () => {
    it('answers the same for an unknown, a pending and a verified address', async () => {
      const pending = someone();
      expectData(await register(gateway, pending));
      const answers = [someone().email, pending.email, accounts[0]?.email ?? ''].map(async (email) => {
        const result = await gateway.client.run(ResendVerificationEmailDocument, { email }, newAddress());
        expectData(result);
        return visible(result, [email]);
      });
      const [unknown, ...known] = await Promise.all(answers);
      for (const answer of known) expect(answer).toEqual(unknown);
    });
  });

  describe('login', () => {
    const wrong = 'a quite Wrong phrase 12';
    const attempt = (identifier: string) =>
      login(gateway, { username: identifier, password: wrong }, {}, newAddress());

    for (const kind of ['username', 'email'] as const) {
      it(`answers the same for an unknown ${kind} and a wrong password`, async () => {
        const { [kind]: known } = accounts.at(-1) ?? someone();
        const { [kind]: unknown } = someone();
        const [first, second] = [await attempt(known), await attempt(unknown)];
        expectCode(first, 'INVALID_CREDENTIALS');
        expect(visible(second, [unknown])).toEqual(visible(first, [known]));
      });

      it(`takes the same time for an unknown ${kind} and a wrong password`, async () => {
        let turn = 0;
        const known = () => accounts[turn++ % accounts.length]?.[kind] ?? '';
        await expectSameTime(
          async () => expectCode(await attempt(known()), 'INVALID_CREDENTIALS'),
          async () => expectCode(await attempt(someone()[kind]), 'INVALID_CREDENTIALS'),
          { rounds: roundsOf(40), warmUp: 4 },
        );
      });
    }
  });
});
