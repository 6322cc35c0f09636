import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Account, register, registerAndVerify, someone } from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { logLines, warnings } from '../../support/log-lines.js';
import { mailsTo } from '../../support/mailbox.js';
import { counterOf } from '../../support/metrics.js';
import { isReset, isVerification, requestReset } from '../../support/recovery.js';
import { type MailServer, type RecipientFault, startMailServer } from '../../support/smtp.js';
import { millisecondsOf } from '../../support/timing.js';
import { sleep, until } from '../../support/wait.js';

/** As many as the attack used: more than the gateway sends at once. */
const CROWD = 24;
/** How soon somebody else's mail must be there (ms). */
const PROMPT = 5000;

const mails = (gateway: Gateway, outcome: string) => counterOf(gateway, 'gatehouse_mails_total', { outcome });

async function registerAll(gateway: Gateway, people: Account[]): Promise<void> {
  for (let done = 0; done < people.length; done += 6)
    await Promise.all(
      people.slice(done, done + 6).map(async (one) => expectData(await register(gateway, one))),
    );
}

const crowd = () => Array.from({ length: CROWD }, () => someone());

describeOnBackends('mails to addresses that cannot be delivered', ({ start }) => {
  let server: MailServer;
  let gateway: Gateway;
  let hopeless: Set<string>;

  beforeAll(async () => {
    server = await startMailServer();
  });
  beforeEach(async () => {
    gateway = await start({ mail: server });
    server.attempts.length = 0;
  });
  afterEach(async () => {
    server.faultOf = () => undefined;
    await gateway.stop();
  });

  /** Registers a crowd whose addresses all meet the fault. */
  async function registerHopeless(fault: RecipientFault): Promise<Account[]> {
    const people = crowd();
    hopeless = new Set(people.map(({ email }) => email));
    server.faultOf = (address) => (hopeless.has(address) ? fault : undefined);
    await registerAll(gateway, people);
    return people;
  }

  async function expectPromptMail(patience = PROMPT): Promise<void> {
    const other = someone();
    expectData(await register(gateway, other));
    const took = await millisecondsOf(() => server.waitForMail(other.email, isVerification, patience));
    console.log(`another person's mail took ${Math.round(took)} ms`);
  }

  const attemptsAt = (address: string) => server.attempts.filter((one) => one === address).length;

  for (const at of ['RCPT', 'DATA'] as const)
    it(`drops a mail that is refused with 550 after ${at}, counts and logs it, and delays nobody`, {
      timeout: 90_000,
    }, async () => {
      const people = await registerHopeless({ at, answer: 550 });
      await expectPromptMail();
      await until(
        'all refusals to be counted',
        async () => (await mails(gateway, 'refused')) === CROWD,
        20_000,
      );
      await sleep(8000);
      expect(people.map(({ email }) => attemptsAt(email))).toEqual(people.map(() => 1));
      expect(await mails(gateway, 'retried')).toBe(0);
      const lines = warnings(gateway).filter(({ msg }) => msg.startsWith('mail not sent'));
      expect(lines).toHaveLength(CROWD);
      expect(lines[0]).toMatchObject({ template: 'verify-email' });
      for (const { email } of people) expect(gateway.logs()).not.toContain(email);
      expect(gateway.logs()).not.toContain('token=');
    });

  it('retries a mail that is refused with 451 after growing pauses, and delays nobody', {
    timeout: 150_000,
  }, async () => {
    const people = await registerHopeless({ at: 'RCPT', answer: 451 });
    await expectPromptMail();
    await sleep(25_000);
    await expectPromptMail();
    // Pauses of 10 and 20 s, each shortened by up to a half, against every 5 s before.
    const counts = people.map(({ email }) => attemptsAt(email));
    console.log(`attempts within half a minute: ${Math.min(...counts)} to ${Math.max(...counts)}`);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
    expect(await mails(gateway, 'retried')).toBeGreaterThanOrEqual(CROWD);
    expect(await mails(gateway, 'refused')).toBe(0);
    expect(warnings(gateway).filter(({ msg }) => /mail/.test(msg))).toEqual([]);
    // A greylisting server that has seen enough: all mails arrive after the next pause (40 s at most), none is lost.
    server.faultOf = () => undefined;
    await until(
      'the mails to be accepted',
      async () => (await server.mails()).filter((mail) => hopeless.has(mail.to[0] ?? '')).length >= CROWD,
      90_000,
    );
  });

  for (const at of ['RCPT', 'DATA'] as const)
    it(`delays nobody for long if the server never answers ${at} for some recipients`, {
      timeout: 150_000,
    }, async () => {
      await registerHopeless({ at, answer: 'none' });
      await expectPromptMail(20_000);
      await sleep(45_000);
      await expectPromptMail(20_000);
      expect(await mails(gateway, 'retried')).toBeGreaterThan(0);
      // The server answers others: it is not down.
      expect(logLines(gateway).filter(({ msg }) => msg.includes('unavailable'))).toEqual([]);
    });
});

describeOnPostgres('a mail server that is down', ({ start }) => {
  it('is reported once when it goes down and once when it is back, and all mails are there within 10 s', {
    timeout: 180_000,
  }, async () => {
    const server = await startMailServer();
    const gateway = await start({ mail: server });
    await registerAndVerify(gateway);
    await server.pause();
    const people = crowd();
    await registerAll(gateway, people);
    await sleep(45_000);
    const during = logLines(gateway).filter(({ msg }) => /mail/.test(msg) && msg !== 'mail sent');
    expect(during.map(({ level }) => level)).toEqual([40]);
    await server.resume();
    const took = await millisecondsOf(() =>
      until(
        'everybody to have their mail',
        async () => {
          const all = await server.mails();
          return people.every(({ email }) => mailsTo(all, email).length === 1);
        },
        15_000,
      ),
    );
    console.log(`${CROWD} mails were there ${Math.round(took)} ms after the return of the server`);
    expect(took).toBeLessThan(10_000);
    const all = logLines(gateway).filter(({ msg }) => /mail/.test(msg) && msg !== 'mail sent');
    expect(all.map(({ level }) => level)).toEqual([40, 30]);
    expect(await mails(gateway, 'retried')).toBe(0);
  });

  it('gets no mail whose link has expired meanwhile; the mail is dropped and counted', {
    timeout: 120_000,
  }, async () => {
    const server = await startMailServer();
    const gateway = await start({ mail: server });
    const account = await registerAndVerify(gateway);
    await server.pause();
    expectData(await requestReset(gateway, account.email));
    const waiting = someone();
    expectData(await register(gateway, waiting));
    const sql = openDatabase(gateway);
    await until('both mails to wait', async () => {
      const [row] = await sql`select count(*)::int as count from jobs.job
        where data->>'template' in ('reset-password', 'verify-email') and state < 'active'`;
      return row?.count === 2;
    });
    // A reset link is good for 30 minutes, a verification link for 24 hours.
    await sql`update jobs.job set created_on = created_on - interval '31 minutes' where name like 'mail%'`;
    await server.resume();
    await server.waitForMail(waiting.email, isVerification, 20_000);
    await until('the reset mail to be dropped', async () => (await mails(gateway, 'expired')) === 1, 20_000);
    expect(mailsTo(await server.mails(), account.email).filter(isReset)).toEqual([]);
    await until('no mail to be left', async () => {
      const [left] = await sql`select count(*)::int as count from jobs.job
        where name like 'mail%' and state < 'completed'`;
      return left?.count === 0;
    });
  });
});
