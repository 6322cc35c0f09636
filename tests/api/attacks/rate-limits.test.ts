import { parse, print, visit } from 'graphql';
import { createClient } from 'redis';
import { beforeAll, expect, it } from 'vitest';
import { MeDocument } from '../../generated/graphql.js';
import { type Account, login, register, signIn, someone } from '../../support/accounts.js';
import { expectCode, expectData, type Result, type RunOptions } from '../../support/client.js';
import { type Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst, describeOnRedis, startGateway } from '../../support/in-process.js';
import { type Mail, mailsTo, tokenIn } from '../../support/mailbox.js';
import { isReset, isVerification, requestReset, resetBy, verifyBy } from '../../support/recovery.js';
import { sleep, until } from '../../support/wait.js';

const LIMITED = { TRUST_PROXY: '127.0.0.1/32', RATE_LIMIT_ENABLED: 'true' };

let client = 0;
/** A new client address each time. */
const newAddress = (): RunOptions => {
  client += 1;
  return { headers: { 'x-forwarded-for': `10.2.${client >> 8}.${client & 255}` } };
};

const wrongLogin =
  'login(input: { identifier: "nobody-there", password: "a quite Wrong phrase 12" }) { __typename }';
const passwords = (names: string) => `{ ${names} }`;

/** Every public operation with a rate limit, from the contract, with arguments that have no effect. */
const PUBLIC: Record<string, { field: string; limit: number; duration: number }> = {
  register: {
    field: 'register(input: { username: "x", email: "no", password: "a", confirmPassword: "b" }) { email }',
    limit: 5,
    duration: 3600,
  },
  verifyEmail: { field: 'verifyEmail(token: "nonsense") { email }', limit: 10, duration: 60 },
  resendVerificationEmail: {
    field: 'resendVerificationEmail(email: "nobody@example.com") { success }',
    limit: 3,
    duration: 3600,
  },
  login: { field: wrongLogin, limit: 10, duration: 60 },
  verifyTwoFactor: {
    field: 'verifyTwoFactor(input: { challengeToken: "nonsense", code: "123456" }) { tokenType }',
    limit: 10,
    duration: 60,
  },
  refreshToken: { field: 'refreshToken(refreshToken: "nonsense") { tokenType }', limit: 60, duration: 60 },
  requestPasswordReset: {
    field: 'requestPasswordReset(email: "nobody@example.com") { success }',
    limit: 3,
    duration: 3600,
  },
  resetPassword: {
    field: `resetPassword(input: ${passwords('token: "nonsense", newPassword: "a", confirmPassword: "b"')}) { success }`,
    limit: 10,
    duration: 60,
  },
};
const SIGNED_IN: typeof PUBLIC = {
  updateProfile: { field: 'updateProfile(input: { username: "x" }) { id }', limit: 20, duration: 60 },
  changeEmail: {
    field: 'changeEmail(input: { newEmail: "no address", password: "a quite Wrong phrase 12" }) { success }',
    limit: 3,
    duration: 3600,
  },
  changePassword: {
    field: `changePassword(input: ${passwords('currentPassword: "a", newPassword: "b", confirmPassword: "c"')}) { success }`,
    limit: 5,
    duration: 300,
  },
  setupTwoFactor: { field: 'setupTwoFactor(input: { password: "" }) { secretKey }', limit: 5, duration: 300 },
  enableTwoFactor: { field: 'enableTwoFactor(code: "123456") { id }', limit: 5, duration: 60 },
  disableTwoFactor: {
    field: 'disableTwoFactor(input: { password: "", code: "123456" }) { id }',
    limit: 5,
    duration: 60,
  },
  regenerateRecoveryCodes: {
    field: 'regenerateRecoveryCodes(input: { password: "", code: "123456" }) { recoveryCodes }',
    limit: 5,
    duration: 60,
  },
};

const codesOf = ({ errors }: Result<unknown>) => errors.map((error) => error.extensions.code);

describeOnPostgresFirst('rate limits', ({ start }) => {
  let gateway: Gateway;
  const users: Account[] = [];
  const tokens: string[] = [];

  const run = (field: string, options?: RunOptions) =>
    gateway.client.runRaw(`mutation { ${field} }`, {}, options);

  /** Uses up the limit of a caller, then expects RATE_LIMITED. */
  async function expectLimit({ field, limit, duration }: (typeof PUBLIC)[string], options: RunOptions) {
    for (let call = 0; call < limit; call += 1)
      expect(codesOf(await run(field, options)), `call ${call + 1}`).not.toContain('RATE_LIMITED');
    const { retryAfter = 0 } = expectCode(await run(field, options), 'RATE_LIMITED');
    expect(Number.isInteger(retryAfter)).toBe(true);
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(duration);
    expect(retryAfter).toBeGreaterThan(duration / 2);
  }

  beforeAll(async () => {
    gateway = await start({ env: LIMITED });
    for (let made = 0; made < 2; made += 1) {
      const account = someone();
      expectData(await register(gateway, account, newAddress()));
      const mail = await gateway.mail.waitForMail(account.email, isVerification);
      expectData(await verifyBy(gateway, tokenIn(mail), newAddress()));
      users.push(account);
      tokens.push((await signIn(gateway, account, {}, newAddress())).accessToken);
    }
  });

  for (const [name, operation] of Object.entries(PUBLIC)) {
    it(`limits ${name} to ${operation.limit} in ${operation.duration} s per address, whatever token is sent`, async () => {
      const here = newAddress();
      await expectLimit(operation, here);
      for (const token of [...tokens, 'nonsense'])
        expectCode(await run(operation.field, { ...here, token }), 'RATE_LIMITED');
      expect(codesOf(await run(operation.field, newAddress()))).not.toContain('RATE_LIMITED');
    });
  }

  for (const [name, operation] of Object.entries(SIGNED_IN)) {
    it(`limits ${name} to ${operation.limit} in ${operation.duration} s per user, across addresses`, async () => {
      for (let call = 0; call < operation.limit; call += 1) {
        const result = await run(operation.field, { ...newAddress(), token: tokens[0] ?? '' });
        expect(codesOf(result), `call ${call + 1}`).not.toContain('RATE_LIMITED');
        expect(codesOf(result), `call ${call + 1}`).not.toContain('UNAUTHENTICATED');
      }
      const over = await run(operation.field, { ...newAddress(), token: tokens[0] ?? '' });
      const { retryAfter = 0 } = expectCode(over, 'RATE_LIMITED');
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(operation.duration);
      const other = await run(operation.field, { ...newAddress(), token: tokens[1] ?? '' });
      expect(codesOf(other)).not.toContain('RATE_LIMITED');
    });
  }

  it('counts each alias', async () => {
    const here = newAddress();
    const { field } = PUBLIC.verifyEmail as (typeof PUBLIC)[string];
    const three = PUBLIC.requestPasswordReset?.field ?? '';
    const many = Array.from({ length: 5 }, (_, index) => `a${index}: ${three}`).join(' ');
    const { errors } = await run(many, here);
    expect(errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([[['a3'], 'RATE_LIMITED']]);
    expect(codesOf(await run(field, here))).not.toContain('RATE_LIMITED');
  });

  it('limits 30 concurrent requests', async () => {
    const here = newAddress();
    const { field = '', limit } = PUBLIC.login ?? {};
    const results = await Promise.all(Array.from({ length: 30 }, () => run(field, here)));
    const refused = results.filter((result) => codesOf(result).includes('RATE_LIMITED'));
    expect(refused).toHaveLength(30 - (limit ?? 0));
  });

  it('does not limit other operations', async () => {
    const here = newAddress();
    for (let call = 0; call < 100; call += 1)
      expectData(await gateway.client.run(MeDocument, {}, { ...here, token: tokens[1] ?? '' }));
  });
});

describeOnPostgresFirst('the setting RATE_LIMITS', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    const env = { ...LIMITED, RATE_LIMITS: 'verifyEmail=2/120, resetPassword=12/60,logout=1/3600' };
    gateway = await start({ env });
  });

  it('overrides single limits and keeps the others', async () => {
    const expectLimit = async (field: string, limit: number) => {
      const here = newAddress();
      for (let call = 0; call < limit; call += 1)
        expect(codesOf(await gateway.client.runRaw(`mutation { ${field} }`, {}, here))).not.toContain(
          'RATE_LIMITED',
        );
      return expectCode(await gateway.client.runRaw(`mutation { ${field} }`, {}, here), 'RATE_LIMITED');
    };
    const { retryAfter } = await expectLimit(PUBLIC.verifyEmail?.field ?? '', 2);
    expect(retryAfter).toBeGreaterThan(60);
    await expectLimit(PUBLIC.resetPassword?.field ?? '', 12);
    await expectLimit('logout { success }', 1);
    await expectLimit(PUBLIC.requestPasswordReset?.field ?? '', 3);
  });

  it('sets the limits in the schema for routers', async () => {
    const { data } = await gateway.client.runRaw('{ _service { sdl } }');
    const { sdl } = (data as { _service: { sdl: string } })._service;
    const directives = new Map<string, string>();
    visit(parse(sdl), {
      FieldDefinition: ({ name, directives: own }) => {
        directives.set(name.value, (own ?? []).map((directive) => print(directive)).join(' '));
      },
    });
    expect(directives.get('verifyEmail')).toBe('@public @rateLimit(limit: 2, duration: 120)');
    expect(directives.get('logout')).toBe('@public @rateLimit(limit: 1, duration: 3600)');
    expect(directives.get('register')).toBe('@public @rateLimit(limit: 5, duration: 3600)');
  });
});

/** Each request comes from another address, so that no limit by address applies. */
describeOnPostgresFirst('mail floods to one address', ({ start }) => {
  let gateway: Gateway;
  const FLOOD = 12;
  const HELD_BACK_AT = 8;

  beforeAll(async () => {
    gateway = await start({ env: LIMITED });
  });

  const pending = async () => {
    const account = someone();
    expectData(await register(gateway, account, newAddress()));
    await gateway.mail.waitForMail(account.email, isVerification);
    return account;
  };
  const resend = (email: string) =>
    gateway.client.runRaw(
      'mutation ($email: String!) { resendVerificationEmail(email: $email) { success } }',
      { email },
      newAddress(),
    );
  /** Whether a mailed link works. It need not be that of the last mail: mails that are sent at once arrive in any order. */
  const oneWorks = async (
    mails: readonly Mail[],
    redeem: (token: string) => Promise<{ errors: readonly unknown[] }>,
  ) => {
    for (const mail of mails.toReversed()) if ((await redeem(tokenIn(mail))).errors.length === 0) return true;
    return false;
  };

  it('limits reset links; the answers stay the same and the last link stays valid', async () => {
    const account = await pending();
    const answers: unknown[] = [];
    for (let request = 0; request < FLOOD; request += 1) {
      const spelling = request % 2 ? account.email : account.email.toUpperCase();
      const { status, data, errors } = await requestReset(gateway, spelling, newAddress());
      answers.push({ status, data, errors });
      await sleep(60);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await sleep(1500);
    const mails = mailsTo(await gateway.mail.mails(), account.email).filter(isReset);
    expect(mails.length).toBeGreaterThan(0);
    expect(mails.length).toBeLessThan(HELD_BACK_AT);
    expect(await oneWorks(mails, (token) => resetBy(gateway, token, undefined, newAddress()))).toBe(true);
  });

  it('limits verification links; the last mailed link stays valid', async () => {
    const account = await pending();
    for (let request = 0; request < FLOOD; request += 1) {
      expectData(await resend(account.email));
      await sleep(60);
    }
    // Otherwise an attacker could void the owner's link repeatedly and prevent the verification. While mails still
    // arrive, each voids the link of the one before.
    await until('a mailed link to be valid', async () => {
      const mails = mailsTo(await gateway.mail.mails(), account.email).filter(isVerification);
      expect(mails.length).toBeLessThan(HELD_BACK_AT);
      return oneWorks(mails, (token) => verifyBy(gateway, token, newAddress()));
    });
  });

  it('limits mails for registrations with a taken address', async () => {
    const owner = await pending();
    const mail = await gateway.mail.waitForMail(owner.email, isVerification);
    expectData(await verifyBy(gateway, tokenIn(mail), newAddress()));
    const before = mailsTo(await gateway.mail.mails(), owner.email).length;
    for (let request = 0; request < FLOOD; request += 1)
      expectData(await register(gateway, someone({ email: owner.email }), newAddress()));
    await sleep(1000);
    const since = mailsTo(await gateway.mail.mails(), owner.email).length - before;
    expect(since).toBeGreaterThan(0);
    expect(since).toBeLessThan(HELD_BACK_AT + 1);
  });
});

describeOnRedis('rate limits on two nodes', ({ start }) => {
  const { field, limit } = PUBLIC.login as (typeof PUBLIC)[string];
  const run = (gateway: Gateway, options?: RunOptions) =>
    gateway.client.runRaw(`mutation { ${field} }`, {}, options);

  it('counts requests on both nodes together', async () => {
    const first = await start({ env: LIMITED });
    const second = await startGateway({ peer: first });
    const here = newAddress();
    const found: unknown[] = [];
    for (let call = 0; call < limit + 2; call += 1)
      found.push(codesOf(await run(call % 2 ? first : second, here))[0]);
    expect(found.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
    expect(found.slice(-2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    for (const node of [first, second]) expectCode(await run(node, here), 'RATE_LIMITED');
  });

  it('refuses one network that tries many accounts, however slowly', async () => {
    const gateway = await start({ env: LIMITED });
    const redis = await createClient({ url: gateway.redis ?? '' }).connect();
    const here = newAddress();
    /** Resets the per-minute limit of the address. */
    const minutesLater = async () => {
      for (const key of await redis.keys('*rate*')) await redis.del(key);
    };
    const found: unknown[] = [];
    for (let attempt = 0; attempt < 130; attempt += 1) {
      if (attempt % 9 === 0) await minutesLater();
      const account = { username: `sprayed-${attempt}`, password: 'a quite Wrong phrase 12' };
      found.push(codesOf(await login(gateway, account, {}, here))[0]);
    }
    await redis.close();
    expect(found[0]).toBe('INVALID_CREDENTIALS');
    expect(found.at(-1)).toBe('RATE_LIMITED');
  });
});
