import { expect, it } from 'vitest';
import { type Account, register, registerAndVerify, someone } from '../../support/accounts.js';
import { type BackendContext, describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { logLines, warnings } from '../../support/log-lines.js';
import { mailsTo } from '../../support/mailbox.js';
import { counterOf } from '../../support/metrics.js';
import { isReset, isVerification, requestReset } from '../../support/recovery.js';
import { type RecipientFault, startMailServer } from '../../support/smtp.js';
import { expectNoMailLeft, withStoppedDatabase } from '../../support/stopped-database.js';
import { millisecondsOf } from '../../support/timing.js';
import { sleep, until } from '../../support/wait.js';

/** More mails than the gateway sends concurrently. */
const CROWD = 24;
/** How soon the mail of another account must arrive (ms). */
const PROMPT_MS = 10_000;
/** The same while the server does not answer: less than the timeout of an answer, which is 40 s. */
const PROMPT_DESPITE_TIMEOUTS_MS = 20_000;

const mails = (gateway: Gateway, outcome: string) => counterOf(gateway, 'gatehouse_mails_total', { outcome });

async function registerAll(gateway: Gateway, people: Account[]): Promise<void> {
  for (let done = 0; done < people.length; done += 6)
    await Promise.all(
      people.slice(done, done + 6).map(async (one) => expectData(await register(gateway, one))),
    );
}

const crowd = () => Array.from({ length: CROWD }, () => someone());

/** A gateway, and accounts whose addresses have the given delivery faults in turn. */
async function startWithUndeliverableMails(
  start: BackendContext['start'],
  faults: readonly RecipientFault[],
) {
  const server = await startMailServer();
  const gateway = await start({ mail: server });
  const people = crowd();
  const faulty = new Map(people.map(({ email }, index) => [email, faults[index % faults.length]]));
  server.faultOf = (address) => faulty.get(address);
  await registerAll(gateway, people);
  /** The number of delivery attempts per mail. */
  const attempts = () =>
    people.map(({ email }) => server.attempts.filter((address) => address === email).length);
  const expectPromptMail = async (timeoutMs = PROMPT_MS) => {
    const other = someone();
    expectData(await register(gateway, other));
    const took = await millisecondsOf(() => server.waitForMail(other.email, isVerification, timeoutMs));
    console.log(`another person's mail took ${Math.round(took)} ms`);
  };
  return { server, gateway, people, attempts, expectPromptMail };
}

describeOnBackends(
  'undeliverable mails',
  ({ start }) => {
    it('drops, counts and logs a mail that is refused with 550 after RCPT or DATA, and delays no other mail', async () => {
      const { gateway, people, attempts, expectPromptMail } = await startWithUndeliverableMails(start, [
        { at: 'RCPT', answer: 550 },
        { at: 'DATA', answer: 550 },
      ]);
      await expectPromptMail();
      await until(
        'all refusals to be counted',
        async () => (await mails(gateway, 'refused')) === CROWD,
        20_000,
      );
      expect(await mails(gateway, 'retried')).toBe(0);
      // No retry is left, so no second attempt can follow.
      await expectNoMailLeft(gateway);
      expect(attempts()).toEqual(people.map(() => 1));
      const lines = warnings(gateway).filter(({ msg }) => msg.startsWith('mail not sent'));
      expect(lines).toHaveLength(CROWD);
      expect(lines[0]).toMatchObject({ template: 'verify-email' });
      for (const { email } of people) expect(gateway.logs()).not.toContain(email);
      expect(gateway.logs()).not.toContain('token=');
    });

    it('retries with backoff a mail that is refused with 451, and delays no other mail', async () => {
      const started = await startWithUndeliverableMails(start, [{ at: 'RCPT', answer: 451 }]);
      const { server, people, attempts, expectPromptMail } = started;
      let { gateway } = started;
      await expectPromptMail();
      // The first pause is 5 to 10 s. The retries run at half the rate of the mails.
      await until('all mails to be tried twice', () => Math.min(...attempts()) >= 2, 30_000);
      await expectPromptMail();
      expect(await mails(gateway, 'retried')).toBeGreaterThanOrEqual(CROWD);
      expect(await mails(gateway, 'refused')).toBe(0);
      expect(warnings(gateway).filter(({ msg }) => /mail/.test(msg))).toEqual([]);

      expect(await gateway.stop()).toBe(0);
      await withStoppedDatabase(gateway, async (run) => {
        const pauses = await run(`select extract(epoch from start_after - started_on)::float8 as seconds
          from jobs.job where name = 'mail-retries' and state = 'retry' and retry_count = 1`);
        expect(pauses.length).toBeGreaterThan(CROWD / 2);
        for (const { seconds } of pauses) {
          expect(seconds).toBeGreaterThan(9.9);
          expect(seconds).toBeLessThan(25);
        }
        // As if the second pause were over.
        await run(`update jobs.job set start_after = now() where name = 'mail-retries' and state = 'retry'`);
      });
      expect(Math.max(...attempts())).toBeLessThanOrEqual(3);
      // Like a greylisting server that now accepts the mails.
      server.faultOf = () => undefined;
      gateway = await startGateway({ peer: gateway, mail: server, port: gateway.port });
      await until(
        'the mails to be accepted',
        async () => {
          const all = (await server.mails()).filter(isVerification);
          return people.every(({ email }) => mailsTo(all, email).length === 1);
        },
        60_000,
      );
    });

    it('delays other mails by 20 s at most if the server never answers RCPT or DATA for some recipients', async () => {
      const { gateway, expectPromptMail } = await startWithUndeliverableMails(start, [
        { at: 'RCPT', answer: 'none' },
        { at: 'DATA', answer: 'none' },
      ]);
      await expectPromptMail(PROMPT_DESPITE_TIMEOUTS_MS);
      await until(
        'the first timeout to be counted',
        async () => (await mails(gateway, 'retried')) > 0,
        80_000,
        500,
      );
      await expectPromptMail(PROMPT_DESPITE_TIMEOUTS_MS);
      // The server answers for other recipients, so it counts as available.
      expect(logLines(gateway).filter(({ msg }) => msg.includes('transport unavailable'))).toEqual([]);
      await gateway.kill();
    });
  },
  { concurrent: true },
);

describeOnPostgres(
  'a mail server outage',
  ({ start }) => {
    it('is reported once at its start and once at its end, and all mails arrive within 10 s of its end', async () => {
      const server = await startMailServer();
      const gateway = await start({ mail: server });
      await registerAndVerify(gateway);
      await server.pause();
      const people = crowd();
      const registering = await millisecondsOf(() => registerAll(gateway, people));
      // Longer than three checks of the transport.
      await sleep(20_000);
      const reports = () => logLines(gateway).filter(({ msg }) => /mail/.test(msg) && msg !== 'mail sent');
      expect(reports().map(({ level }) => level)).toEqual([40]);
      await server.resume();
      const took = await millisecondsOf(() =>
        until(
          'every account to have its mail',
          async () => {
            const all = await server.mails();
            return people.every(({ email }) => mailsTo(all, email).length === 1);
          },
          15_000,
        ),
      );
      console.log(`${CROWD} mails were there ${Math.round(took)} ms after the return of the server`);
      // On a busy machine the mails take about as long as the registrations.
      expect(took).toBeLessThan(10_000 + registering);
      expect(reports().map(({ level }) => level)).toEqual([40, 30]);
      expect(await mails(gateway, 'retried')).toBe(0);
    });

    it('drops and counts a mail whose link has expired meanwhile', async () => {
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
      // A reset link is valid for 30 minutes, a verification link for 24 hours.
      await sql`update jobs.job set created_on = created_on - interval '31 minutes' where name like 'mail%'`;
      await server.resume();
      await server.waitForMail(waiting.email, isVerification, 20_000);
      await until(
        'the reset mail to be dropped',
        async () => (await mails(gateway, 'expired')) === 1,
        20_000,
      );
      expect(mailsTo(await server.mails(), account.email).filter(isReset)).toEqual([]);
      await until('the mail queue to be empty', async () => {
        const [left] = await sql`select count(*)::int as count from jobs.job
          where name like 'mail%' and state < 'completed'`;
        return left?.count === 0;
      });
    });
  },
  { concurrent: true },
);
