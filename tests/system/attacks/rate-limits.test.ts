import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register, someone } from '../../support/accounts.js';
import { describeOnRedis } from '../../support/backends.js';
import { expectData, type Result, type RunOptions } from '../../support/client.js';
import { freshFolder, type Gateway, runGateway, startGateway } from '../../support/gateway.js';
import { mailsTo } from '../../support/mailbox.js';
import { isReset, isVerification, requestReset } from '../../support/recovery.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { freePort, sleep } from '../../support/wait.js';

const LIMITED = { TRUST_PROXY: '127.0.0.1/32', RATE_LIMIT_ENABLED: 'true' };
/** The limit of `login` per minute and address. */
const LIMIT = 10;
const LOGIN =
  'login(input: { identifier: "nobody-there", password: "a quite Wrong phrase 12" }) { __typename }';

let client = 0;
/** A new client address each time. */
const newAddress = (): RunOptions => {
  client += 1;
  return { headers: { 'x-forwarded-for': `10.2.${client >> 8}.${client & 255}` } };
};

const codesOf = ({ errors }: Result<unknown>) => errors.map((error) => error.extensions.code);

describe('an invalid RATE_LIMITS', () => {
  const form = /^RATE_LIMITS must be a list of field=limit\/seconds/;
  const faulty: Record<string, RegExp> = {
    'register=20/3600,regsiter=5/60': /^RATE_LIMITS entry 2 must name a query or mutation/,
    'username=5/60': /^RATE_LIMITS entry 1 must name a query or mutation/,
    '__proto__=5/60': form,
    constructor: form,
    'register=20': form,
    'register=0/60': form,
    'register=5/0': form,
    'register=5/60/60': form,
    'register=-1/60': form,
    // Above the maximum of a Node.js timer, which would fire at once.
    'register=5/2500000': form,
  };
  for (const [value, line] of Object.entries(faulty)) {
    it(`stops the start with one line: ${value}`, async () => {
      const { status, printed } = await runGateway({
        RATE_LIMITS: value,
        DATABASE_URL: 'pglite:memory',
        PORT: String(await freePort()),
      });
      expect(
        printed
          .trim()
          .split('\n')
          .filter((one) => !one.startsWith('{')),
      ).toEqual([expect.stringMatching(line)]);
      expect(printed).not.toContain('    at ');
      expect(status).toBe(1);
    });
  }
});

describeOnRedis('rate limits while Redis is unavailable', ({ start }) => {
  let redis: RedisServer;
  let gateway: Gateway;
  const run = (options?: RunOptions) => gateway.client.runRaw(`mutation { ${LOGIN} }`, {}, options);

  const expectLimits = async () => {
    const here = newAddress();
    const found: unknown[] = [];
    for (let call = 0; call < LIMIT + 2; call += 1) found.push(codesOf(await run(here))[0]);
    expect(found.slice(0, LIMIT)).not.toContain('RATE_LIMITED');
    expect(found.slice(-2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
  };

  beforeAll(async () => {
    redis = await startRedis(await freshFolder());
    gateway = await start({ env: LIMITED, redis: redis.url });
  });
  afterAll(() => redis?.stop('SIGKILL'));

  it('counts in the process while Redis is killed or frozen, and after it returns', async () => {
    await expectLimits();
    await redis.stop('SIGKILL');
    await expectLimits();
    await redis.start();
    await sleep(1500);
    await expectLimits();
    process.kill(redis.pid, 'SIGSTOP');
    try {
      await expectLimits();
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    await sleep(1500);
    await expectLimits();
  });

  it('limits mail floods too', async () => {
    const account = someone();
    expectData(await register(gateway, account, newAddress()));
    await gateway.mail.waitForMail(account.email, isVerification);
    await redis.stop('SIGKILL');
    for (let request = 0; request < 12; request += 1)
      expectData(await requestReset(gateway, account.email, newAddress()));
    await sleep(1500);
    const mails = mailsTo(await gateway.mail.mails(), account.email).filter(isReset);
    expect(mails.length).toBeGreaterThan(0);
    expect(mails.length).toBeLessThan(8);
    await redis.start();
  });
});

describe('the setting RATE_LIMIT_ENABLED=false', () => {
  it('disables the limits and logs a warning', async () => {
    const gateway = await startGateway();
    for (let call = 0; call < 15; call += 1)
      expect(
        codesOf(await gateway.client.runRaw('mutation { verifyEmail(token: "nonsense") { email } }')),
      ).toEqual(['TOKEN_INVALID']);
    const warning = gateway
      .logs()
      .split('\n')
      .find((line) => /rate limit/i.test(line));
    expect(JSON.parse(warning ?? '{}')).toMatchObject({ level: 40 });
  });
});
