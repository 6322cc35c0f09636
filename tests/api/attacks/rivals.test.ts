import type postgres from 'postgres';
import { beforeAll, expect, it } from 'vitest';
import { ResendVerificationEmailDocument } from '../../generated/graphql.js';
import { type Account, login, register, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import type { BackendContext } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import { type Mail, mailsTo, tokenIn } from '../../support/mailbox.js';
import { deadlocksIn, prepare } from '../../support/prepared.js';
import { RACES } from '../../support/races.js';
import {
  isReset,
  isVerification,
  requestReset,
  resetBy,
  resetToken,
  verifyBy,
  verifyWithPassword,
} from '../../support/recovery.js';
import { sleep, until } from '../../support/wait.js';

const names =
  ({ username }: Pick<Account, 'username'>) =>
  (mail: Mail) =>
    isVerification(mail) && mail.text.includes(username);
const stranger = (email: string) => someone({ email, password: "a Stranger's phrase 99" });

describeOnPostgresFirst('rival registrations', ({ start }: BackendContext) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });

  const mailsOf = async (account: Account) =>
    mailsTo(await gateway.mail.mails(), account.email).filter(names(account));
  const registered = async (account: Account): Promise<string> => {
    expectData(await register(gateway, account));
    return tokenIn(await gateway.mail.waitForMail(account.email, names(account)));
  };
  const resend = async (email: string) =>
    expectData(await gateway.client.run(ResendVerificationEmailDocument, { email }));

  it('requires the password of the registration that the link belongs to', async () => {
    const owner = someone();
    const theirs = await registered(stranger(owner.email));
    const own = await registered(owner);
    expectCode(await verifyBy(gateway, theirs), 'PASSWORD_REQUIRED');
    expectCode(await verifyBy(gateway, own), 'PASSWORD_REQUIRED');
    expectCode(await verifyWithPassword(gateway, theirs, owner.password), 'INVALID_CREDENTIALS');
    expectData(await verifyWithPassword(gateway, own, owner.password));
    expectCode(await verifyWithPassword(gateway, theirs, "a Stranger's phrase 99"), 'TOKEN_INVALID');
    expect((await signIn(gateway, { ...owner, username: owner.email })).user.username).toBe(owner.username);
  });

  it('requires no password if there is only one registration', async () => {
    const owner = someone();
    expectData(await verifyBy(gateway, await registered(owner)));
  });

  it('locks the password check after five wrong passwords; a reset link still works', async () => {
    const owner = someone();
    await registered(stranger(owner.email));
    const own = await registered(owner);
    for (let guess = 0; guess < 5; guess += 1)
      expectCode(await verifyWithPassword(gateway, own, `a Wrong phrase ${guess}`), 'INVALID_CREDENTIALS');
    expectCode(await verifyWithPassword(gateway, own, owner.password), 'ACCOUNT_LOCKED');
    expectData(await resetBy(gateway, await resetToken(gateway, owner.email)));
  });

  it('mails links for the newest five registrations at a resend, each in a mail with its username', async () => {
    const { email } = someone();
    const waiting = Array.from({ length: 7 }, () => stranger(email));
    for (const account of waiting) expectData(await register(gateway, account));
    await sleep(500);
    const before = await Promise.all(waiting.map(async (account) => (await mailsOf(account)).length));
    await resend(email);
    await until('five mails to arrive', async () => {
      const counts = await Promise.all(waiting.map(async (account) => (await mailsOf(account)).length));
      return counts.reduce((sum, count, n) => sum + count - (before[n] ?? 0), 0) === 5;
    });
    const added = await Promise.all(
      waiting.map(async (account, n) => (await mailsOf(account)).length - (before[n] ?? 0)),
    );
    expect(added).toEqual([0, 0, 1, 1, 1, 1, 1]);
  });

  it("mails a link for the owner's registration at a resend, after strangers have used up the mail limit of registration", async () => {
    const owner = someone();
    for (let turn = 0; turn < 6; turn += 1) expectData(await register(gateway, stranger(owner.email)));
    expectData(await register(gateway, owner));
    await sleep(700);
    expect(await mailsOf(owner)).toEqual([]);
    await resend(owner.email);
    const link = tokenIn(await gateway.mail.waitForMail(owner.email, names(owner)));
    expectData(await verifyWithPassword(gateway, link, owner.password));
  });

  it('mails the same link again at a sign-in with the right password, three times an hour', async () => {
    const owner = someone();
    for (let turn = 0; turn < 6; turn += 1) expectData(await register(gateway, stranger(owner.email)));
    expectData(await register(gateway, owner));
    for (let turn = 0; turn < 5; turn += 1) await resend(owner.email);
    const before = 3;
    await until('the mails of three resends', async () => (await mailsOf(owner)).length === before, 40_000);
    expectCode(
      await login(gateway, { ...owner, password: 'a quite Wrong phrase 12' }),
      'INVALID_CREDENTIALS',
    );
    for (let turn = 0; turn < 5; turn += 1) expectCode(await login(gateway, owner), 'EMAIL_NOT_VERIFIED');
    await until('three mails for sign-ins', async () => (await mailsOf(owner)).length === before + 3, 40_000);
    await sleep(1000);
    const mails = await mailsOf(owner);
    expect(mails).toHaveLength(before + 3);
    // The link is the one mailed before: the owner may be about to open it.
    expect(new Set(mails.slice(before - 1).map(tokenIn)).size).toBe(1);
    expectData(await verifyWithPassword(gateway, tokenIn(mails.at(-1) as Mail), owner.password));
  });

  it('mails no link at a sign-in if the address belongs to an account, and answers the same', async () => {
    const owner = await registerAndVerify(gateway);
    const rival = stranger(owner.email);
    expectData(await register(gateway, rival));
    await sleep(700);
    expectCode(await login(gateway, rival), 'EMAIL_NOT_VERIFIED');
    await sleep(1000);
    expect(await mailsOf(rival)).toEqual([]);
  });

  it('mails a reset link for each registration, with its username', async () => {
    const owner = someone();
    await registered(stranger(owner.email));
    await registered(owner);
    expectData(await requestReset(gateway, owner.email));
    const mail = await gateway.mail.waitForMail(
      owner.email,
      (one) => isReset(one) && one.text.includes(owner.username),
    );
    expectData(await resetBy(gateway, tokenIn(mail), 'quite Another phrase 4711'));
    await signIn(gateway, { username: owner.username, password: 'quite Another phrase 4711' });
  });
});

describeOnPostgres('many rival registrations', ({ start }) => {
  let gateway: Gateway;
  let sql: postgres.Sql;

  beforeAll(async () => {
    gateway = await start();
    sql = openDatabase(gateway);
  });

  it('verifies exactly one of 20 at once, without a deadlock', async () => {
    const before = await deadlocksIn(sql);
    for (let round = 0; round < RACES; round += 1) {
      const { email } = someone();
      const rivals = [];
      for (let n = 0; n < 20; n += 1) rivals.push(await prepare(gateway, sql, { pending: true, email }));
      const results = await Promise.all(
        rivals.map(({ tokens, password }) => verifyWithPassword(gateway, tokens.VERIFY_EMAIL, password)),
      );
      const winners = results.filter(({ errors }) => errors.length === 0);
      expect(winners, JSON.stringify(results.map(({ errors }) => errors[0]?.extensions.code))).toHaveLength(
        1,
      );
      for (const result of results) if (result.errors.length > 0) expectCode(result, 'TOKEN_INVALID');
    }
    expect((await deadlocksIn(sql)) - before).toBe(0);
  });

  it('are trimmed to a hundred, and the newest are kept', async () => {
    const owner = someone();
    await sql`insert into users (username, email, search_text, pending, expires_at, created_at)
      select 's' || substr(md5(${owner.email} || i), 1, 24), ${owner.email}, 'rival', true, now() + interval '7 days',
        now() - interval '1 hour'
      from generate_series(1, 250) as i`;
    const waiting = async () =>
      Number((await sql`select count(*) from users where email = ${owner.email}`)[0]?.count);
    expectData(await register(gateway, owner));
    expect(await waiting()).toBe(151);
    expectData(await register(gateway, stranger(owner.email)));
    expect(await waiting()).toBe(100);
    expectCode(await login(gateway, owner), 'EMAIL_NOT_VERIFIED');
  });
});
