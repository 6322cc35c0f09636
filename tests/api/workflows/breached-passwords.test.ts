import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { register, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { invited, type SignedInUser, startWithAdmin } from '../../support/administration.js';
import { stopAtEnd } from '../../support/at-end.js';
import { type BreachService, rangeOf, sha1, startBreachService } from '../../support/breach-service.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';
import { warnings } from '../../support/log-lines.js';
import { hasToken, tokenIn } from '../../support/mailbox.js';
import { counterOf } from '../../support/metrics.js';
import { changePassword, resetBy, resetToken } from '../../support/recovery.js';
import { millisecondsOf } from '../../support/timing.js';
import { sleep } from '../../support/wait.js';

const METRIC = 'gatehouse_breached_password_checks_total';
const MESSAGE = 'Was published in a data breach. Choose another password.';

/** A strong password that no other test has chosen. */
const fresh = () => `${randomBytes(9).toString('base64url')} quite long`;

const expectBreached = (result: Result<unknown>, field: string) =>
  expect(expectCode(result, 'BAD_USER_INPUT').fieldErrors).toEqual([{ field, message: MESSAGE }]);

describeOnPostgresFirst('passwords of published breaches', ({ start }) => {
  let service: BreachService;
  let gateway: Gateway;
  let admin: SignedInUser;
  const registerWith = (password: string) => register(gateway, someone({ password }));
  const outcome = (name: string) => counterOf(gateway, METRIC, { outcome: name });
  const breachWarnings = () => warnings(gateway).filter(({ msg }) => msg.includes('BREACHED_PASSWORDS_URL'));

  beforeAll(async () => {
    service = await startBreachService();
    ({ gateway, admin } = await startWithAdmin(start, { BREACHED_PASSWORDS_URL: service.url }));
  });

  beforeEach(() => {
    service.misbehave();
    service.received.length = 0;
    service.prefixes.length = 0;
  });

  describe('a published password', () => {
    it('is refused at the registration', async () => {
      const password = fresh();
      service.publish(password);
      const before = await outcome('breached');
      expectBreached(await registerWith(password), 'password');
      expect(await outcome('breached')).toBe(before + 1);
    });

    it('is refused at a reset, and the link still works', async () => {
      const account = await registerAndVerify(gateway, { password: fresh() });
      const token = await resetToken(gateway, account.email);
      const password = fresh();
      service.publish(password);
      expectBreached(await resetBy(gateway, token, password), 'newPassword');
      expectData(await resetBy(gateway, token, fresh()));
    });

    it('is refused at a change', async () => {
      const account = await registerAndVerify(gateway, { password: fresh() });
      const { accessToken } = await signIn(gateway, account);
      const password = fresh();
      service.publish(password);
      expectBreached(await changePassword(gateway, accessToken, account.password, password), 'newPassword');
      expectData(await changePassword(gateway, accessToken, account.password, fresh()));
    });

    it('is refused to an invited user, and the link still works', async () => {
      const { email } = await invited(gateway, admin);
      const token = tokenIn(await gateway.mail.waitForMail(email, hasToken));
      const password = fresh();
      service.publish(password);
      expectBreached(await resetBy(gateway, token, password), 'newPassword');
      expectData(await resetBy(gateway, token, fresh()));
    });

    it('is refused also if only its NFKC form or only its typed form was published', async () => {
      for (const typed of [`${fresh()} ﬁne`, `${fresh()} ﬁne`]) {
        const normal = typed.normalize('NFKC');
        expect(normal).not.toBe(typed);
        service.publish(service.prefixes.length === 0 ? normal : typed);
        expectBreached(await registerWith(typed), 'password');
      }
      expect(service.prefixes).toHaveLength(4);
    });

    it('still signs in a user who has chosen it before', async () => {
      const account = await registerAndVerify(gateway, { password: fresh() });
      service.publish(account.password);
      service.prefixes.length = 0;
      await signIn(gateway, account);
      expect(service.prefixes).toEqual([]);
    });
  });

  it('accepts a password of which the answer has only padding', async () => {
    const password = fresh();
    service.publish(password, 0);
    const before = await outcome('passed');
    expectData(await registerWith(password));
    expect(service.prefixes).toEqual([sha1(password).slice(0, 5)]);
    expect(await outcome('passed')).toBe(before + 1);
  });

  it('sends the prefix, and neither the password nor more of a hash', async () => {
    const password = fresh();
    const account = someone({ password });
    expectData(await register(gateway, account));
    expect(service.received).toHaveLength(1);
    const [sent = ''] = service.received;
    expect(sent).toMatch(new RegExp(`^GET\n/range/${sha1(password).slice(0, 5)}\n`));
    expect(sent.toLowerCase()).toContain('add-padding\ntrue');
    expect(sent.endsWith('\n')).toBe(true);
    expect(sent.toUpperCase()).not.toContain(sha1(password).slice(0, 6));
    for (const secret of [password, account.username, account.email, encodeURIComponent(password)])
      expect(sent).not.toContain(secret);
  });

  it('does not ask for a password that it refuses itself', async () => {
    const account = someone();
    for (const password of ['short', 'aaaaaaaaaaaaaaaaaa', `${account.username} is my name`])
      expectCode(await register(gateway, { ...account, password }), 'BAD_USER_INPUT');
    expect(service.prefixes).toEqual([]);
  });

  it('answers the same for a free and a taken address', async () => {
    const { email } = await registerAndVerify(gateway, { password: fresh() });
    service.prefixes.length = 0;
    const [published, other] = [fresh(), fresh()];
    service.publish(published);
    for (const account of [someone(), someone({ email })]) {
      expectBreached(await register(gateway, { ...account, password: published }), 'password');
      expectData(await register(gateway, { ...account, password: `${other} ${account.username.slice(-3)}` }));
    }
    // Once for the published password, once for each of the others.
    expect(service.prefixes).toHaveLength(3);
  });

  describe('the cache', () => {
    it('asks once for a prefix within an hour', async () => {
      const password = fresh();
      service.publish(password);
      for (let attempt = 0; attempt < 3; attempt += 1)
        expectBreached(await registerWith(password), 'password');
      expect(service.prefixes).toHaveLength(1);
      await gateway.clock.reach(gateway.clock.now() + 3_601_000);
      expectBreached(await registerWith(password), 'password');
      expect(service.prefixes).toHaveLength(2);
    });

    it('asks once for concurrent requests', async () => {
      const password = fresh();
      service.misbehave(async (_, response) => {
        await sleep(150);
        response.end(rangeOf([`${sha1(password).slice(5)}:3`]));
      });
      // Few, because all of them have to end within the second that the gateway waits for the service.
      const results = await Promise.all(Array.from({ length: 6 }, () => registerWith(password)));
      for (const result of results) expectBreached(result, 'password');
      expect(service.prefixes).toHaveLength(1);
    });

    it('answers as slowly as the service did, so the time does not tell which passwords were chosen', async () => {
      const password = fresh();
      service.misbehave(async (_, response) => {
        await sleep(400);
        response.end(rangeOf([`${sha1(password).slice(5)}:3`]));
      });
      expectBreached(await registerWith(password), 'password');
      service.misbehave();
      const tookMs = await millisecondsOf(async () =>
        expectBreached(await registerWith(password), 'password'),
      );
      expect(tookMs).toBeGreaterThan(390);
      expect(service.prefixes).toHaveLength(1);
    });
  });

  describe('a service that fails', () => {
    const redirectedTo = async () => {
      let asked = 0;
      const target = createServer((_, response) => {
        asked += 1;
        response.end(rangeOf([]));
      });
      target.listen(0, '127.0.0.1');
      await once(target, 'listening');
      stopAtEnd(async () => void target.close());
      return { url: `http://127.0.0.1:${(target.address() as AddressInfo).port}/`, asked: () => asked };
    };
    const text =
      (body: string): RequestListener =>
      (_, response) =>
        void response.end(body);

    it.each<[string, (suffix: string) => RequestListener]>([
      ['500', () => (_, response) => void response.writeHead(500).end()],
      ['404', () => (_, response) => void response.writeHead(404).end()],
      [
        '500 with a range',
        (suffix) => (_, response) => void response.writeHead(500).end(rangeOf([`${suffix}:3`])),
      ],
      ['HTML', () => text('<!doctype html><title>Sign in to the network</title>\n<p>Welcome')],
      ['nothing', () => text('')],
      ['lines without counts', (suffix) => text(`${suffix}\n${suffix}`)],
      ['a wrong line among right ones', (suffix) => text(`${rangeOf([`${suffix}:3`])}\r\n${suffix}:many`)],
      ['a count below zero', (suffix) => text(`${suffix}:-1`)],
      ['whole hashes', (suffix) => text(`00000${suffix}:3`)],
      ['10 MB', (suffix) => text(`${`${suffix}:3\r\n`.repeat(250_000)}`)],
      ['a closed connection', () => (request) => void request.socket.destroy()],
      [
        'a cut answer',
        () => (_, response) => {
          response.writeHead(200, { 'content-length': '5000' });
          response.write('0'.repeat(100));
          setTimeout(() => response.destroy(), 50);
        },
      ],
    ])('does not stop a registration if it answers %s', async (_, listener) => {
      const password = fresh();
      service.misbehave(listener(sha1(password).slice(5)));
      const before = await outcome('failed');
      expectData(await registerWith(password));
      expect(service.prefixes).toHaveLength(1);
      expect(await outcome('failed')).toBe(before + 1);
    });

    it.each<[string, RequestListener]>([
      [
        'does not answer for two seconds',
        (_, response) => void setTimeout(() => response.end(rangeOf([])), 2000),
      ],
      [
        'sends its answer slowly',
        (_, response) => {
          const drip = setInterval(() => response.write(`${'0'.repeat(35)}:1\r\n`), 100);
          response.on('close', () => clearInterval(drip));
        },
      ],
    ])('delays a registration by one second if it %s', async (_, listener) => {
      service.misbehave(listener);
      const tookMs = await millisecondsOf(async () => expectData(await registerWith(fresh())));
      expect(tookMs).toBeGreaterThan(950);
      expect(tookMs).toBeLessThan(1900);
    });

    it('cannot redirect the gateway to another server', async () => {
      const target = await redirectedTo();
      for (const status of [301, 302, 307, 308]) {
        service.misbehave((_, response) => void response.writeHead(status, { location: target.url }).end());
        const before = await outcome('failed');
        expectData(await registerWith(fresh()));
        expect(await outcome('failed')).toBe(before + 1);
      }
      expect(target.asked()).toBe(0);
    });

    it('is asked again for the next password, and its failure is not cached', async () => {
      const password = fresh();
      service.publish(password);
      service.misbehave((_, response) => void response.writeHead(503).end());
      expectData(await registerWith(password));
      service.misbehave();
      expectBreached(await registerWith(password), 'password');
    });

    it('is reported once a minute, without the prefix', async () => {
      // The log has other digits, but no capitals beside them.
      let password = fresh();
      while (!/[A-F].*[A-F]/.test(sha1(password).slice(0, 5))) password = fresh();
      await gateway.clock.reach(gateway.clock.now() + 61_000);
      const before = breachWarnings().length;
      service.misbehave((_, response) => void response.writeHead(503).end());
      for (let attempt = 0; attempt < 5; attempt += 1) expectData(await registerWith(password));
      expect(breachWarnings()).toHaveLength(before + 1);
      await gateway.clock.reach(gateway.clock.now() + 61_000);
      expectData(await registerWith(password));
      expect(breachWarnings()).toHaveLength(before + 2);
      expect(gateway.logs()).not.toContain(sha1(password).slice(0, 5));
      expect(breachWarnings().at(-1)).toMatchObject({ err: { message: 'status 503' } });
    });

    it('does not stop a registration if it is down', async () => {
      const down = await startBreachService();
      const other = await start({ env: { BREACHED_PASSWORDS_URL: down.url } });
      await down.stop();
      expectData(await register(other, someone({ password: fresh() })));
      expect(await counterOf(other, METRIC, { outcome: 'failed' })).toBe(1);
      expect(warnings(other).filter(({ msg }) => msg.includes('BREACHED_PASSWORDS_URL'))).toHaveLength(1);
    });
  });

  it('is off without BREACHED_PASSWORDS_URL', async () => {
    const other = await start();
    const password = fresh();
    service.publish(password);
    expectData(await register(other, someone({ password })));
    expect(service.prefixes).toEqual([]);
    expect(await counterOf(other, METRIC)).toBe(0);
  });
});
