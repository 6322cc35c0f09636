import { expect, it } from 'vitest';
import { type Account, register, someone } from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { mailsTo, tokenIn } from '../../support/mailbox.js';
import { isVerification, verifyBy } from '../../support/recovery.js';
import { type MailServer, startMailServer } from '../../support/smtp.js';
import { median } from '../../support/statistics.js';
import { expectNoMailLeft, withStoppedDatabase } from '../../support/stopped-database.js';
import { millisecondsOf } from '../../support/timing.js';
import { sleep, until } from '../../support/wait.js';

/** More mails than the gateway sends concurrently at first. */
const PEOPLE = 30;
/** How long after the return of the mail server every mail must have arrived (ms). */
const RECOVERY_MS = 60_000;

/** Registers all, five at a time; returns how long each registration took (ms). */
async function registerAll(gateway: Gateway, people: Account[]): Promise<number[]> {
  const times: number[] = [];
  for (let done = 0; done < people.length; done += 5) {
    const some = people.slice(done, done + 5).map(async (person) => {
      times.push(await millisecondsOf(async () => expectData(await register(gateway, person))));
    });
    await Promise.all(some);
  }
  return times;
}

const newPeople = (count = PEOPLE) => Array.from({ length: count }, () => someone());

/** The accounts without a mail so far. */
async function withoutMail(server: MailServer, people: Account[]): Promise<Account[]> {
  const mails = await server.mails();
  return people.filter(({ email }) => mailsTo(mails, email).length === 0);
}

const allHaveMail = (server: MailServer, people: Account[], timeoutMs = RECOVERY_MS) =>
  until(
    'every account to have its mail',
    async () => (await withoutMail(server, people)).length === 0,
    timeoutMs,
  );

/** Stops the gateway. Expects one verification mail per account, and no job that would send a second one. */
async function expectOneEach(gateway: Gateway, server: MailServer, people: Account[]) {
  await expectNoMailLeft(gateway);
  const mails = (await server.mails()).filter(isVerification);
  const counts = people.map(({ email }) => [email, mailsTo(mails, email).length] as const);
  expect(counts.filter(([, count]) => count !== 1)).toEqual([]);
}

describeOnBackends(
  'an unavailable mail server',
  ({ start }) => {
    it('delays no registration, and gets each mail once when it is back', async () => {
      const [server, reachable] = [await startMailServer(), await startMailServer()];
      const [gateway, other] = await Promise.all([start({ mail: server }), start({ mail: reachable })]);
      await server.pause();
      const people = newPeople();
      const [early, late] = [people.slice(0, 10), people.slice(10)];
      await Promise.all([registerAll(gateway, early), registerAll(other, newPeople(5))]);
      // In turns, so that a slow machine affects both.
      const [down, up]: [number[], number[]] = [[], []];
      while (late.length > down.length) {
        down.push(...(await registerAll(gateway, late.slice(down.length, down.length + 10))));
        up.push(...(await registerAll(other, newPeople(5))));
      }
      expect(median(down), `up: ${median(up)} ms`).toBeLessThan(median(up) * 2 + 50);
      expect(Math.max(...down), `up: ${Math.max(...up)} ms`).toBeLessThan(Math.max(...up) * 3 + 500);
      await until('the outage to be logged', () => gateway.logs().includes('transport unavailable'));

      await server.resume();
      await allHaveMail(server, people);
      const { email = '' } = people[0] ?? {};
      const mail = await server.waitForMail(email, isVerification);
      expectData(await verifyBy(gateway, tokenIn(mail)));
      await server.waitForMail(email, (one) => !isVerification(one));
      await expectOneEach(gateway, server, people);
    });

    it('loses no mail if the gateway is killed meanwhile', async () => {
      const server = await startMailServer();
      let gateway = await start({ mail: server });
      await server.pause();
      const people = newPeople();
      await registerAll(gateway, people.slice(0, PEOPLE / 2));
      // The gateway is killed during the rest: an answered registration must get its mail, an unanswered one may be
      // retried.
      const answered: Account[] = people.slice(0, PEOPLE / 2);
      const rest = people.slice(PEOPLE / 2).map(async (person) => {
        const result = await register(gateway, person).catch(() => undefined);
        if (result?.errors.length === 0) answered.push(person);
      });
      await sleep(150);
      await gateway.kill();
      await Promise.all(rest);
      gateway = await startGateway({ peer: gateway, mail: server, port: gateway.port });
      await server.resume();
      await allHaveMail(server, answered, 120_000);
      // Some unanswered registrations may be complete as well. Waits longer than the poll interval of the queue.
      await sleep(3000);
      await expectOneEach(gateway, server, answered);
    });

    it('delays no registration while it is slow, and gets each mail once', async () => {
      const [server, prompt] = [await startMailServer(), await startMailServer()];
      const [gateway, other] = await Promise.all([start({ mail: server }), start({ mail: prompt })]);
      server.delayMs = 3000;
      const people = newPeople(12);
      // In turns, so that a slow machine affects both.
      const [slow, quick]: [number[], number[]] = [[], []];
      while (people.length > slow.length) {
        slow.push(...(await registerAll(gateway, people.slice(slow.length, slow.length + 4))));
        quick.push(...(await registerAll(other, newPeople(4))));
      }
      // A registration that waited for the server would take at least the server's delay.
      expect(median(slow)).toBeLessThan(median(quick) + server.delayMs / 2);
      await allHaveMail(server, people);
      await expectOneEach(gateway, server, people);
    });

    it('gets each mail once if the gateway is stopped while the server is slow', async () => {
      const server = await startMailServer();
      let gateway = await start({ mail: server });
      server.delayMs = 1500;
      const people = newPeople(12);
      await registerAll(gateway, people);
      expect((await withoutMail(server, people)).length).toBeGreaterThan(0);
      // Mails in delivery are completed, the others go back to the queue.
      expect(await gateway.stop()).toBe(0);
      server.delayMs = 0;
      gateway = await startGateway({ peer: gateway, mail: server, port: gateway.port });
      await allHaveMail(server, people);
      await expectOneEach(gateway, server, people);
    });
  },
  { concurrent: true },
);

describeOnPostgres(
  'a slow mail server',
  ({ start }) => {
    it('loses no mail if the gateway is killed', async () => {
      const server = await startMailServer();
      let gateway = await start({ mail: server });
      server.delayMs = 2000;
      const people = newPeople(12);
      await registerAll(gateway, people);
      await gateway.kill();
      server.delayMs = 0;
      // As if the jobs of the killed process had expired.
      await withStoppedDatabase(gateway, (run) =>
        run(`update jobs.job set started_on = started_on - interval '10 minutes' where state = 'active'`),
      );
      gateway = await startGateway({ peer: gateway, mail: server, port: gateway.port });
      const took = await millisecondsOf(() => allHaveMail(server, people, 180_000));
      console.log(`after kill -9, all mails were there in ${Math.round(took)} ms`);
      // A mail that the server accepted while its sender was killed is sent twice, with the same message id.
      const mails = await server.mails();
      for (const { email } of people) {
        const ids = mailsTo(mails, email).map(({ headers }) => headers.get('message-id'));
        expect(new Set(ids).size).toBe(1);
      }
    });
  },
  { concurrent: true },
);
