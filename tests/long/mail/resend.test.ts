import { createServer, type Server } from 'node:http';
import { expect, it, type TestContext } from 'vitest';
import { register, someone } from '../../support/accounts.js';
import { expectData } from '../../support/client.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { warnings } from '../../support/log-lines.js';
import { counterOf } from '../../support/metrics.js';
import { expectNoMailLeft } from '../../support/stopped-database.js';
import { freePort, sleep, until } from '../../support/wait.js';

interface Attempt {
  readonly to: string;
  readonly key: string;
}

/** Answers like Resend's API, and records the attempts and the accepted mails. */
class ResendServer {
  readonly attempts: Attempt[] = [];
  readonly accepted: Attempt[] = [];
  /** The status per address; 200 for all others. */
  readonly statuses = new Map<string, number>();
  #server: Server | undefined;

  constructor(readonly port: number) {}

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      if (request.method !== 'POST') return void response.writeHead(404).end();
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const attempt = { to: JSON.parse(body).to[0], key: String(request.headers['idempotency-key']) };
        this.attempts.push(attempt);
        const statusCode = this.statuses.get(attempt.to) ?? 200;
        if (statusCode === 200) this.accepted.push(attempt);
        response.writeHead(statusCode, { 'content-type': 'application/json' });
        const error = { statusCode, name: 'some_error', message: `refused ${attempt.to}` };
        response.end(JSON.stringify(statusCode === 200 ? { id: attempt.key } : error));
      });
    });
    await new Promise<void>((done) => this.#server?.listen(this.port, '127.0.0.1', done));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  }

  attemptsFor = (to: string) => this.attempts.filter((attempt) => attempt.to === to);

  waitForMail = (to: string, timeoutMs: number) =>
    until(`a mail to ${to}`, () => this.accepted.some((one) => one.to === to), timeoutMs);
}

async function startWithResend({ onTestFinished }: TestContext) {
  const server = new ResendServer(await freePort());
  await server.start();
  onTestFinished(() => server.stop());
  const gateway = await startGateway({
    env: { RESEND_API_KEY: 're_test', RESEND_BASE_URL: `http://127.0.0.1:${server.port}` },
  });
  return { server, gateway };
}

const mails = (gateway: Gateway, outcome: string) => counterOf(gateway, 'gatehouse_mails_total', { outcome });

async function registerSomeone(gateway: Gateway, person = someone()): Promise<string> {
  expectData(await register(gateway, person));
  return person.email;
}

/** One account per status, which Resend answers to each of its mails. */
function accountsWithStatus(server: ResendServer, statuses: readonly number[]) {
  return statuses.map((status) => {
    const person = someone();
    server.statuses.set(person.email, status);
    return person;
  });
}

/** How soon the mail of another account must arrive (ms). */
const PROMPT_MS = 10_000;
const REFUSALS = [400, 403, 422];
const DEFERRALS = [429, 500, 503];

it.concurrent(`drops a mail that Resend refuses with ${REFUSALS.join(', ')}`, async (context) => {
  const { server, gateway } = await startWithResend(context);
  const people = accountsWithStatus(server, REFUSALS);
  for (const person of people) await registerSomeone(gateway, person);
  await until('the refusals to be counted', async () => (await mails(gateway, 'refused')) === people.length);
  // No retry is left, so no second attempt can follow.
  await expectNoMailLeft(gateway);
  for (const { email } of people) {
    expect(server.attemptsFor(email)).toHaveLength(1);
    expect(gateway.logs()).not.toContain(email);
  }
});

it.concurrent(`retries a mail that Resend answers with ${DEFERRALS.join(', ')}, under the same key, and delays no other mail`, async (context) => {
  const { server, gateway } = await startWithResend(context);
  await server.waitForMail(await registerSomeone(gateway), PROMPT_MS);
  const people = accountsWithStatus(server, DEFERRALS);
  const triedTimes = async (times: number, timeoutMs: number) => {
    for (const { email } of people)
      await until(
        `the mail to be tried ${times} times`,
        () => server.attemptsFor(email).length >= times,
        timeoutMs,
      );
  };
  for (const person of people) await registerSomeone(gateway, person);
  await triedTimes(1, 10_000);
  await server.waitForMail(await registerSomeone(gateway), PROMPT_MS);
  await triedTimes(2, 20_000);
  server.statuses.clear();
  for (const { email } of people) {
    await server.waitForMail(email, 40_000);
    expect(new Set(server.attemptsFor(email).map(({ key }) => key)).size).toBe(1);
  }
  expect(await mails(gateway, 'retried')).toBeGreaterThanOrEqual(people.length);
  expect(warnings(gateway).filter(({ msg }) => msg.includes('mail'))).toEqual([]);
});

it.concurrent('reports once that Resend is unavailable, and sends all mails soon after it is back', async (context) => {
  const { server, gateway } = await startWithResend(context);
  await server.stop();
  const people = await Promise.all(Array.from({ length: 6 }, () => registerSomeone(gateway)));
  // Longer than three checks of the transport.
  await sleep(17_000);
  expect(warnings(gateway).filter(({ msg }) => msg.includes('mail'))).toHaveLength(1);
  await server.start();
  await Promise.all(people.map((to) => server.waitForMail(to, 10_000)));
  expect(await mails(gateway, 'retried')).toBe(0);
});
