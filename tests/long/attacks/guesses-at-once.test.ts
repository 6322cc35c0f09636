import { hash } from '@node-rs/bcrypt';
import { beforeAll, expect, it } from 'vitest';
import { LoginDocument } from '../../generated/graphql.js';
import { type Account, login, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { mailsTo } from '../../support/mailbox.js';
import { counterOf } from '../../support/metrics.js';
import { changeEmail, changePassword, tellsOfLock } from '../../support/recovery.js';
import { sleep, until } from '../../support/wait.js';

const WRONG = 'a quite Wrong phrase 12';
const THRESHOLD = 5;
const TABS = 6;

const codeIn = ({ errors }: Result<unknown>) => errors[0]?.extensions.code ?? 'passed';
const guess = async (gateway: Gateway, identifier: string, password = WRONG) =>
  codeIn(await login(gateway, { username: identifier, password }));
const tally = (codes: unknown[], code: string) => codes.filter((one) => one === code).length;
const atOnce = <T>(count: number, act: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));
const fail = async (gateway: Gateway, identifier: string, count: number) => {
  for (let failure = 0; failure < count; failure += 1)
    expect(await guess(gateway, identifier)).toBe('INVALID_CREDENTIALS');
};
const lockedMetric = (gateway: Gateway) =>
  counterOf(gateway, 'gatehouse_sign_ins_total', { outcome: 'locked' });

describeOnBackends('concurrent guesses', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });

  it('accepts the right password in six tabs with one failure left, and resets the counters', async () => {
    const account = await registerAndVerify(gateway);
    for (const identifier of [account.username, account.email]) {
      await fail(gateway, identifier, THRESHOLD - 1);
      const codes = await atOnce(TABS, () => guess(gateway, identifier, account.password));
      expect(codes).toEqual(Array.from({ length: TABS }, () => 'passed'));
    }
    await fail(gateway, account.username, THRESHOLD - 1);
    expect(await guess(gateway, account.username, account.password)).toBe('passed');
  });

  it('accepts the right password in six tabs if one failure locks', async () => {
    const strict = await start({ env: { LOCKOUT_THRESHOLD: '1' } });
    const account = await registerAndVerify(strict);
    const codes = await atOnce(TABS, () => guess(strict, account.username, account.password));
    expect(codes).toEqual(Array.from({ length: TABS }, () => 'passed'));
    await strict.stop();
  });

  it('does not refuse a signed-in user with the right password as locked, with one failure left', async () => {
    const account = await registerAndVerify(gateway);
    const { accessToken } = await signIn(gateway, account);
    for (let failure = 0; failure < THRESHOLD - 1; failure += 1)
      expectCode(await changePassword(gateway, accessToken, WRONG), 'INVALID_CREDENTIALS');
    const results = await atOnce(TABS, () => changeEmail(gateway, accessToken, account, someone().email));
    for (const result of results) expectData(result);
  });

  it('locks for the configured time after wrong passwords, and answers ACCOUNT_LOCKED beyond the threshold', async () => {
    const account = await registerAndVerify(gateway);
    await fail(gateway, account.username, THRESHOLD - 1);
    const before = await lockedMetric(gateway);
    const results = await atOnce(20, () => login(gateway, { ...account, password: WRONG }));
    const codes = results.map(codeIn);
    expect([tally(codes, 'INVALID_CREDENTIALS'), tally(codes, 'ACCOUNT_LOCKED')]).toEqual([1, 19]);
    for (const { errors } of results.filter((result) => codeIn(result) === 'ACCOUNT_LOCKED')) {
      expect(errors[0]?.extensions.retryAfter).toBeGreaterThan(14 * 60);
      expect(errors[0]?.extensions.retryAfter).toBeLessThanOrEqual(15 * 60);
    }
    expect((await lockedMetric(gateway)) - before).toBe(19);
  });

  it('locks nobody out by guesses that are lost with their process, and accepts the next sign-in', async () => {
    const doomed = await start({ env: { BCRYPT_COST: '13' } });
    const account = await registerAndVerify(doomed);
    await fail(doomed, account.username, THRESHOLD - 1);
    const dying = Promise.allSettled(
      Array.from({ length: TABS }, (_, tab) =>
        doomed.client.run(LoginDocument, {
          input: { identifier: account.username, password: tab === 0 ? WRONG : account.password },
        }),
      ),
    );
    await sleep(150);
    await doomed.kill();
    expect((await dying).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(1);
    const again = await startGateway({ peer: doomed });
    expect(await guess(again, account.username, account.password)).toBe('passed');
    await again.stop();
  });
});

describeOnPostgres('concurrent guesses on two nodes', ({ start }) => {
  let nodes: [Gateway, Gateway];
  const sql = () => openDatabase(nodes[0]);
  const node = (index: number) => nodes[index % 2] as Gateway;
  const spread = (count: number, identifier: string, password?: string) =>
    atOnce(count, (index) => guess(node(index), identifier, password));

  beforeAll(async () => {
    const first = await start();
    nodes = [first, await startGateway({ peer: first })];
  });

  /** An account whose password takes long to compare. */
  async function slowAccount(): Promise<Account> {
    const account = await registerAndVerify(nodes[0]);
    const slow = await hash(account.password, { cost: 14 });
    await sql()`update users set password_hash = ${slow} where username = ${account.username}`;
    return account;
  }

  /** Sends a guess, and returns once the gateway compares its password. */
  async function comparing<T>(send: () => Promise<T>): Promise<{ answer: Promise<T> }> {
    await sql()`delete from failure_counters`;
    const answer = send();
    await until(
      'the comparison to begin',
      async () => (await sql()`select 1 from failure_counters where failures = 0`).length > 0,
    );
    return { answer };
  }

  it('compares five wrong passwords, and mails the owner once', async () => {
    const [account, ghost] = [await registerAndVerify(nodes[0]), someone()];
    for (const { username, email } of [account, ghost]) {
      const codes = await spread(50, username);
      expect([tally(codes, 'INVALID_CREDENTIALS'), tally(codes, 'ACCOUNT_LOCKED')]).toEqual([5, 45]);
      expect(await guess(node(0), email, account.password)).toBe('INVALID_CREDENTIALS');
    }
    await sleep(700);
    expect(mailsTo(await nodes[0].mail.mails(), account.email).filter(tellsOfLock)).toHaveLength(1);
  });

  it('compares one wrong password if one failure is left', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { username } = await registerAndVerify(nodes[0]);
      await fail(node(round), username, THRESHOLD - 1);
      const codes = await spread(12, username);
      expect([tally(codes, 'INVALID_CREDENTIALS'), tally(codes, 'ACCOUNT_LOCKED')]).toEqual([1, 11]);
    }
  });

  it('compares five wrong passwords sent with a stolen access token', async () => {
    const account = await registerAndVerify(nodes[0]);
    const { accessToken } = await signIn(nodes[0], account);
    const results = await atOnce(30, (index) => changePassword(node(index), accessToken, WRONG));
    const codes = results.map(codeIn);
    expect([tally(codes, 'INVALID_CREDENTIALS'), tally(codes, 'ACCOUNT_LOCKED')]).toEqual([5, 25]);
  });

  it('accepts the right password in all requests with one failure left', async () => {
    const account = await registerAndVerify(nodes[0]);
    await fail(node(0), account.username, THRESHOLD - 1);
    const codes = await spread(2 * TABS, account.username, account.password);
    expect(codes).toEqual(Array.from({ length: 2 * TABS }, () => 'passed'));
  });

  it('answers on the other node although guesses were lost with a node', async () => {
    const account = await slowAccount();
    const doomed = await startGateway({ peer: nodes[0] });
    const { answer } = await comparing(() =>
      Promise.allSettled([
        login(doomed, account),
        ...Array.from({ length: 4 }, () => guess(doomed, account.username)),
      ]),
    );
    await doomed.kill();
    expect((await answer).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(1);
    expect(await guess(nodes[0], account.username, account.password)).toBe('passed');
  });

  it('does not reveal a right password if the lockout started during the comparison', async () => {
    for (const kind of ['username', 'email'] as const) {
      const account = await slowAccount();
      const { answer } = await comparing(() => guess(nodes[1], account[kind], account.password));
      // As if the other node had counted the last failures.
      await sql()`update failure_counters set failures = ${THRESHOLD}, locked_until = now() + interval '15 minutes'`;
      expect(await answer).toBe('ACCOUNT_LOCKED');
    }
  });

  it('does not reveal a right password if the account was locked by its other identifier meanwhile', async () => {
    const account = await slowAccount();
    const { answer } = await comparing(() => guess(nodes[1], account.email, account.password));
    await sql()`insert into failure_counters (key, failures, locked_until)
      select 'account:' || id, ${THRESHOLD}, now() + interval '15 minutes' from users where username = ${account.username}`;
    expect(await answer).toBe('INVALID_CREDENTIALS');
  });

  it('compares no password, right or wrong, while failures cannot be counted', async () => {
    const account = await registerAndVerify(nodes[0]);
    const before = await lockedMetric(nodes[0]);
    await sql().unsafe(`
      create function refuse() returns trigger language plpgsql as $$ begin
        raise exception 'no space left' using errcode = '53100'; end $$;
      create trigger refuse before insert or update on failure_counters execute function refuse()`);
    try {
      for (const password of [account.password, WRONG]) {
        const { retryAfter = 0 } = expectCode(
          await login(nodes[0], { ...account, password }),
          'SERVICE_UNAVAILABLE',
        );
        expect(retryAfter).toBeGreaterThan(0);
      }
    } finally {
      await sql().unsafe('drop trigger refuse on failure_counters; drop function refuse');
    }
    // Only ACCOUNT_LOCKED counts as a locked sign-in.
    expect((await lockedMetric(nodes[0])) - before).toBe(0);
    expect(await guess(nodes[0], account.username, account.password)).toBe('passed');
  });
});
