import { createServer, type Server } from 'node:http';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { register, someone } from '../../support/accounts.js';
import { expectData } from '../../support/client.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { warnings } from '../../support/log-lines.js';
import { counterOf } from '../../support/metrics.js';
import { freePort, sleep, until } from '../../support/wait.js';

interface Attempt {
  readonly to: string;
  readonly key: string;
}

/** Answers as Resend's API does; what is accepted and what is tried can be looked up. */
class ResendServer {
  readonly attempts: Attempt[] = [];
  readonly accepted: Attempt[] = [];
  statusOf: (to: string) => number = () => 200;
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
        const statusCode = this.statusOf(attempt.to);
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

  triesFor = (to: string) => this.attempts.filter((attempt) => attempt.to === to);
}

let server: ResendServer;
let gateway: Gateway;

const mails = (outcome: string) => counterOf(gateway, 'gatehouse_mails_total', { outcome });

async function registerSomeone(): Promise<string> {
  const person = someone();
  expectData(await register(gateway, person));
  return person.email;
}

const accepted = (to: string, patience: number) =>
  until(`a mail to ${to}`, () => server.accepted.some((one) => one.to === to), patience);

vi.setConfig({ testTimeout: 120_000 });

beforeEach(async () => {
  server = new ResendServer(await freePort());
  await server.start();
  gateway = await startGateway({
    env: { RESEND_API_KEY: 're_test', RESEND_BASE_URL: `http://127.0.0.1:${server.port}` },
  });
  return async () => {
    await gateway.stop();
    await server.stop();
  };
});
afterAll(() => server?.stop());

for (const status of [400, 403, 422])
  it(`drops a mail that Resend refuses with ${status}`, async () => {
    server.statusOf = () => status;
    const to = await registerSomeone();
    await until('the refusal to be counted', async () => (await mails('refused')) === 1);
    await sleep(6000);
    expect(server.triesFor(to)).toHaveLength(1);
    expect(gateway.logs()).not.toContain(to);
  });

for (const status of [429, 500, 503])
  it(`retries a mail that Resend answers with ${status}, under the same key, and delays nobody`, async () => {
    const to = await registerSomeone();
    await accepted(to, 5000);
    let unlucky = '';
    server.statusOf = (one) => (one === unlucky ? status : 200);
    const person = someone();
    unlucky = person.email;
    expectData(await register(gateway, person));
    await until('the mail to be tried', () => server.triesFor(unlucky).length > 0);
    await accepted(await registerSomeone(), 5000);
    await until('the mail to be tried again', () => server.triesFor(unlucky).length > 1, 20_000);
    server.statusOf = () => 200;
    await accepted(unlucky, 30_000);
    expect(new Set(server.triesFor(unlucky).map(({ key }) => key)).size).toBe(1);
    expect(await mails('retried')).toBeGreaterThan(0);
    expect(warnings(gateway).filter(({ msg }) => msg.includes('mail'))).toEqual([]);
  });

it('reports once that Resend is unavailable, and sends all mails soon after it is back', {
  timeout: 90_000,
}, async () => {
  await server.stop();
  const people = await Promise.all(Array.from({ length: 6 }, registerSomeone));
  await sleep(20_000);
  expect(warnings(gateway).filter(({ msg }) => msg.includes('mail'))).toHaveLength(1);
  await server.start();
  await Promise.all(people.map((to) => accepted(to, 10_000)));
  expect(await mails('retried')).toBe(0);
});
