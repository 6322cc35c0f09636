import { afterEach, beforeAll, expect, it } from 'vitest';
import { type Account, register, someone } from '../../support/accounts.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { type Mail, mailsTo, tokenIn } from '../../support/mailbox.js';
import { isVerification, verifyBy } from '../../support/recovery.js';
import { type MailServer, startMailServer } from '../../support/smtp.js';
import { millisecondsOf } from '../../support/timing.js';
import { sleep, until } from '../../support/wait.js';

const PEOPLE = 50;
/** How long after the return of the mail server everybody must have their mail. */
const PATIENCE = 60_000;

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The milliseconds that each registration took, with a few at a time as people come. */
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

const someFolk = (count = PEOPLE) => Array.from({ length: count }, () => someone());

const lacking = (mails: Mail[], people: Account[]) =>
  people.filter(({ email }) => mailsTo(mails, email).length === 0).map(({ email }) => email);

/** Everybody has a mail, and after all retries nobody has two. */
async function expectOneEach(server: MailServer, people: Account[], patience = PATIENCE) {
  await until(
    'everybody to have their mail',
    async () => lacking(await server.mails(), people).length === 0,
    patience,
  );
  await sleep(7000);
  const counts = people.map(({ email }) => [email, -1] as [string, number]);
  const mails = await server.mails();
  for (const entry of counts) entry[1] = mailsTo(mails, entry[0]).length;
  expect(counts.filter(([, count]) => count !== 1)).toEqual([]);
}

describeOnBackends('a mail server', ({ start }) => {
  let server: MailServer;
  let gateway: Gateway | undefined;

  beforeAll(async () => {
    server = await startMailServer();
  });
  afterEach(async () => {
    await gateway?.stop();
    server.delayMs = 0;
    await server.resume();
  });

  it('that is down while 50 people register delays no answer, and loses and doubles no mail', {
    timeout: 180_000,
  }, async () => {
    gateway = await start({ mail: server });
    await registerAll(gateway, someFolk(5));
    const up = await registerAll(gateway, someFolk(25));
    await server.pause();
    const people = someFolk();
    const down = await registerAll(gateway, people);
    expect(median(down), `up: ${median(up)} ms`).toBeLessThan(median(up) * 2 + 50);
    expect(Math.max(...down), `up: ${Math.max(...up)} ms`).toBeLessThan(Math.max(...up) * 3 + 500);
    await sleep(6000);
    await server.resume();
    await expectOneEach(server, people);
    const mail = mailsTo(await server.mails(), people[0]?.email ?? '').find(isVerification);
    expectData(await verifyBy(gateway, tokenIn(mail as Mail)));
  });

  it('that is down, and a gateway that is killed meanwhile and started again: nothing is lost', {
    timeout: 240_000,
  }, async () => {
    gateway = await start({ mail: server });
    await server.pause();
    const people = someFolk();
    await registerAll(gateway, people.slice(0, 25));
    // In the middle of it: whoever got an answer gets a mail, whoever got none may try again.
    const answered: Account[] = people.slice(0, 25);
    const rest = people.slice(25).map(async (person) => {
      const result = await register(gateway as Gateway, person).catch(() => undefined);
      if (result?.errors.length === 0) answered.push(person);
    });
    await sleep(150);
    await gateway.kill();
    await Promise.all(rest);
    gateway = await startGateway({ peer: gateway, mail: server, port: gateway.port });
    await server.resume();
    await expectOneEach(server, answered, 120_000);
  });

  it('that is slow delays no answer, and gets each mail once', { timeout: 120_000 }, async () => {
    gateway = await start({ mail: server });
    await registerAll(gateway, someFolk(5));
    const quick = await registerAll(gateway, someFolk(10));
    server.delayMs = 3000;
    const people = someFolk(12);
    const slow = await registerAll(gateway, people);
    expect(median(slow)).toBeLessThan(median(quick) * 2 + 50);
    await expectOneEach(server, people);
  });

  it('that is slow, and SIGTERM in the middle: what runs is finished, the rest handed back, none doubled', {
    timeout: 120_000,
  }, async () => {
    gateway = await start({ mail: server });
    server.delayMs = 1500;
    const people = someFolk(12);
    await registerAll(gateway, people);
    expect(lacking(await server.mails(), people).length).toBeGreaterThan(0);
    expect(await gateway.stop()).toBe(0);
    server.delayMs = 0;
    gateway = await startGateway({ peer: gateway, mail: server, port: gateway.port });
    await expectOneEach(server, people);
  });
});

describeOnPostgres('a mail server', ({ start }) => {
  it('that is slow, and kill -9 in the middle: nothing is lost', { timeout: 300_000 }, async () => {
    const server = await startMailServer();
    let gateway = await start({ mail: server });
    server.delayMs = 2000;
    const people = someFolk(12);
    await registerAll(gateway, people);
    await gateway.kill();
    server.delayMs = 0;
    gateway = await startGateway({ peer: gateway, mail: server, port: gateway.port });
    // As if the minutes had passed after which what the killed process had taken up is given back.
    const sql = openDatabase(gateway);
    await sql`update jobs.job set started_on = started_on - interval '10 minutes' where state = 'active'`;
    const started = performance.now();
    await until(
      'everybody to have their mail',
      async () => lacking(await server.mails(), people).length === 0,
      180_000,
    ).catch(async (error) => {
      throw new Error(`${error.message}; lacking: ${lacking(await server.mails(), people).length}`);
    });
    console.log(`after kill -9, all mails were there in ${Math.round(performance.now() - started)} ms`);
    // The server may have taken one whose sender died before it heard so; then it is the same message twice.
    const mails = await server.mails();
    for (const { email } of people) {
      const ids = mailsTo(mails, email).map(({ headers }) => headers.get('message-id'));
      expect(new Set(ids).size).toBe(1);
    }
  });
});
