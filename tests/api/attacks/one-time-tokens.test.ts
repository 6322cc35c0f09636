import { beforeAll, describe, expect, it } from 'vitest';
import {
  LogoutDocument,
  MeDocument,
  RefreshTokenDocument,
  ResendVerificationEmailDocument,
} from '../../generated/graphql.js';
import { type Account, login, register, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import { linkIn, mailsTo, tokenIn } from '../../support/mailbox.js';
import { RACES } from '../../support/races.js';
import {
  changeEmail,
  isReset,
  isVerification,
  NEW_PASSWORD,
  requestReset,
  resetBy,
  resetToken,
  verifyBy,
} from '../../support/recovery.js';
import { alterAt } from '../../support/tokens.js';
import { challenge, protectedAccount } from '../../support/totp.js';

/** Fewer rounds for resets: each attempt hashes a password. */
const roundsOf = (kind: string) => (kind === 'reset' ? Math.min(RACES, 6) : RACES);
const AT_ONCE = 20;

interface Issued {
  token: string;
  account: Account;
  /** The address that the mail went to, and that signs in afterwards. */
  address: string;
}

/** Each kind of token that is mailed: how to get it, how to redeem it, and its lifetime in minutes. */
const kinds = {
  verification: {
    issue: async (gateway: Gateway): Promise<Issued> => {
      const account = someone();
      expectData(await register(gateway, account));
      const mail = await gateway.mail.waitForMail(account.email, isVerification);
      return { token: tokenIn(mail), account, address: account.email };
    },
    redeem: (gateway: Gateway, token: string, _turn = 0): Promise<Result<unknown>> =>
      verifyBy(gateway, token),
    minutes: 24 * 60,
  },
  'change of address': {
    issue: async (gateway: Gateway): Promise<Issued> => {
      const account = await registerAndVerify(gateway);
      const { accessToken } = await signIn(gateway, account);
      const { email } = someone();
      expectData(await changeEmail(gateway, accessToken, account, email));
      return {
        token: tokenIn(await gateway.mail.waitForMail(email, isVerification)),
        account,
        address: email,
      };
    },
    redeem: (gateway: Gateway, token: string, _turn = 0): Promise<Result<unknown>> =>
      verifyBy(gateway, token),
    minutes: 24 * 60,
  },
  reset: {
    issue: async (gateway: Gateway): Promise<Issued> => {
      const account = await registerAndVerify(gateway);
      return { token: await resetToken(gateway, account.email), account, address: account.email };
    },
    redeem: (gateway: Gateway, token: string, turn = 0): Promise<Result<unknown>> =>
      resetBy(gateway, token, `${NEW_PASSWORD} ${turn}`),
    minutes: 30,
  },
} as const;
const named = Object.entries(kinds) as [keyof typeof kinds, (typeof kinds)[keyof typeof kinds]][];

describeOnPostgresFirst('one-time tokens', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });

  for (const [kind, { issue, redeem }] of named) {
    describe(`the token of a ${kind}`, () => {
      it('can be redeemed once', async () => {
        const { token } = await issue(gateway);
        expectData(await redeem(gateway, token));
        for (let again = 0; again < 3; again += 1)
          expectCode(await redeem(gateway, token, again), 'TOKEN_INVALID');
      });

      it('can be redeemed by exactly one of 20 concurrent requests', async () => {
        for (let round = 0; round < roundsOf(kind); round += 1) {
          const { token, account, address } = await issue(gateway);
          const results = await Promise.all(
            Array.from({ length: AT_ONCE }, (_, turn) => redeem(gateway, token, turn)),
          );
          const winners = results.flatMap(({ errors }, turn) => (errors.length === 0 ? [turn] : []));
          expect(winners, `round ${round}`).toHaveLength(1);
          for (const [turn, result] of results.entries())
            if (turn !== winners[0]) expectCode(result, 'TOKEN_INVALID');
          const password = kind === 'reset' ? `${NEW_PASSWORD} ${winners[0]}` : account.password;
          await signIn(gateway, { username: address, password });
        }
      });

      it('is refused if altered, truncated or extended, and stays valid', async () => {
        const { token } = await issue(gateway);
        const malformed = [
          '',
          ' ',
          token.slice(0, -1),
          `${token}A`,
          `${token} `,
          ` ${token}`,
          `${token}\0`,
          `${token}\n`,
          token.toLowerCase(),
          token.split('_').at(-1) ?? '',
          '🎟️',
          'x'.repeat(5000),
        ];
        for (const forged of malformed) expectCode(await redeem(gateway, forged), 'TOKEN_INVALID');
        for (let index = 0; index < token.length; index += 1)
          expectCode(await redeem(gateway, alterAt(token, index)), 'TOKEN_INVALID');
        expectData(await redeem(gateway, token));
      });

      it('does not change the account of the signed-in caller who redeems it', async () => {
        const bystander = await registerAndVerify(gateway);
        const { accessToken } = await signIn(gateway, bystander);
        const { token } = await issue(gateway);
        const bearer = { headers: { authorization: `Bearer ${accessToken}` } };
        expectData(
          kind === 'reset'
            ? ((await resetBy(gateway, token, NEW_PASSWORD, bearer)) as Result<unknown>)
            : await verifyBy(gateway, token, bearer),
        );
        const { me } = expectData(await gateway.client.run(MeDocument, {}, { token: accessToken }));
        expect(me).toMatchObject({ username: bystander.username, email: bystander.email });
        await signIn(gateway, bystander);
      });
    });
  }

  it('replaces a link with a newer one, and accepts only the newest', async () => {
    const account = someone();
    expectData(await register(gateway, account));
    const first = tokenIn(await gateway.mail.waitForMail(account.email, isVerification));
    expectData(await gateway.client.run(ResendVerificationEmailDocument, { email: account.email }));
    const second = tokenIn(
      await gateway.mail.waitForMail(
        account.email,
        (mail) => isVerification(mail) && tokenIn(mail) !== first,
      ),
    );
    expectCode(await verifyBy(gateway, first), 'TOKEN_INVALID');

    const early = await resetToken(gateway, account.email);
    const late = await resetToken(gateway, account.email);
    expectCode(await resetBy(gateway, early), 'TOKEN_INVALID');
    expectData(await verifyBy(gateway, second));
    expectData(await resetBy(gateway, late));
  });

  it('accepts a token only in the operation of its kind, and keeps it valid after each refusal', async () => {
    const verification = await kinds.verification.issue(gateway);
    const change = await kinds['change of address'].issue(gateway);
    const reset = await kinds.reset.issue(gateway);
    const { challengeToken } = await challenge(gateway, await protectedAccount(gateway));
    const user = await registerAndVerify(gateway);
    const session = await signIn(gateway, user);
    const { device } = (await login(gateway, user)).cookies;
    const operations: Record<string, (token: string) => Promise<Result<unknown>>> = {
      verifyEmail: (token) => verifyBy(gateway, token),
      resetPassword: (token) => resetBy(gateway, token),
      refreshToken: (refreshToken) => gateway.client.run(RefreshTokenDocument, { refreshToken }),
      logout: (refreshToken) => gateway.client.run(LogoutDocument, { refreshToken }),
      verifyTwoFactor: (challengeToken) =>
        gateway.client.runRaw(
          'mutation ($input: VerifyTwoFactorInput!) { verifyTwoFactor(input: $input) { tokenType } }',
          { input: { challengeToken, code: '000000' } },
        ),
      bearer: (token) => gateway.client.run(MeDocument, {}, { token }),
    };
    const tokens: [name: string, token: string, own: string][] = [
      ['verification', verification.token, 'verifyEmail'],
      ['change', change.token, 'verifyEmail'],
      ['reset', reset.token, 'resetPassword'],
      ['challenge', challengeToken, 'verifyTwoFactor'],
      ['access', session.accessToken, 'bearer'],
      ['refresh', session.refreshToken, 'refreshToken'],
      ['device', device?.value ?? '', 'none'],
    ];
    for (const [name, token, own] of tokens) {
      expect(token, name).not.toBe('');
      for (const [operation, open] of Object.entries(operations)) {
        if (operation === own || (name === 'refresh' && operation === 'logout')) continue;
        const code = operation === 'bearer' ? 'UNAUTHENTICATED' : 'TOKEN_INVALID';
        const { reason } = expectCode(await open(token), code);
        if (operation === 'bearer') expect(reason).toBe('TOKEN_INVALID');
      }
    }
    expectCode(
      (await operations.verifyTwoFactor?.(challengeToken)) as Result<unknown>,
      'INVALID_TWO_FACTOR_CODE',
    );
    expectData(await verifyBy(gateway, verification.token));
    expectData(await verifyBy(gateway, change.token));
    expectData(await resetBy(gateway, reset.token));
    expectData(await gateway.client.run(MeDocument, {}, { token: session.accessToken }));
    expectData(await gateway.client.run(RefreshTokenDocument, { refreshToken: session.refreshToken }));
  });

  it('keeps a token valid after a GET of the link by a mail scanner, and does not repeat it in the page', async () => {
    for (const [, { issue, redeem }] of named) {
      const { address, token } = await issue(gateway);
      const mail = mailsTo(await gateway.mail.mails(), address).find((one) => one.text.includes(token));
      if (!mail) throw new Error('the mail does not exist');
      const link = linkIn(mail);
      for (const method of ['GET', 'HEAD', 'GET']) {
        const { status, headers, cookies, text } = await send(link.href, { method });
        expect(status).toBe(200);
        expect(headers['content-type']).toMatch(/^text\/html/);
        expect(headers['cache-control']).toBe('no-store');
        expect(headers['referrer-policy']).toBe('no-referrer');
        expect(cookies).toEqual({});
        expect(text).not.toContain(token);
      }
      for (const method of ['POST', 'PUT']) expect((await send(link.href, { method })).status).toBe(404);
      const mutation = encodeURIComponent(`mutation { verifyEmail(token: "${token}") { email } }`);
      const got = await send(`${gateway.url}/graphql?query=${mutation}`);
      expect(got.text).not.toContain(address);
      expectData(await redeem(gateway, token));
    }
  });

  it('does not write the token into the page of its link', async () => {
    for (const path of ['/verify-email', '/reset-password', '/accept-invitation']) {
      const { text, headers } = await send(
        `${gateway.url}${path}?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E`,
      );
      expect(text).not.toContain('alert(1)');
      expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
    }
  });

  it('ignores the host headers of the client in links', async () => {
    const spoofed = {
      host: 'evil.example',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '8443',
      'x-forwarded-prefix': '/evil',
      'x-original-host': 'evil.example',
      forwarded: 'host=evil.example;proto=https',
    };
    const behindProxy = await start({ env: { TRUST_PROXY: '127.0.0.1/32' } });
    const behindFrontEnd = await start({ env: { FRONTEND_URL: 'https://app.example.com/base/' } });
    for (const [node, base] of [
      [gateway, gateway.url],
      [behindProxy, behindProxy.url],
      [behindFrontEnd, 'https://app.example.com/base'],
    ] as const) {
      const account = someone();
      expectData(await register(node, account, { headers: spoofed }));
      const verification = await node.mail.waitForMail(account.email, isVerification);
      expectData(await requestReset(node, account.email, { headers: spoofed }));
      const reset = await node.mail.waitForMail(account.email, isReset);
      for (const [mail, path] of [
        [verification, 'verify-email'],
        [reset, 'reset-password'],
      ] as const) {
        expect(linkIn(mail).href).toMatch(`${base}/${path}?token=`);
        expect(linkIn(mail).href.startsWith(`${base}/`)).toBe(true);
        expect(mail.text + mail.html).not.toContain('evil');
      }
    }
    for (const node of [behindProxy, behindFrontEnd]) await node.stop();
  });
});

describeOnPostgres('the lifetime of one-time tokens', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });

  for (const [kind, { issue, redeem, minutes }] of named) {
    it(`is ${minutes} minutes for a ${kind}`, async () => {
      const sql = openDatabase(gateway);
      const { token, account } = await issue(gateway);
      const outstanding = sql`from one_time_tokens t join users u on u.id = t.user_id
        where u.username = ${account.username} and t.used_at is null`;
      const rows = await sql`select extract(epoch from t.expires_at - now())::int as seconds ${outstanding}`;
      expect(rows).toHaveLength(1);
      expect(Math.abs(Number(rows[0]?.seconds) - minutes * 60)).toBeLessThan(60);
      await sql`update one_time_tokens set expires_at = now() - interval '1 second'
        where user_id = (select id from users where username = ${account.username})`;
      expectCode(await redeem(gateway, token), 'TOKEN_INVALID');
      await sql`update one_time_tokens set expires_at = now() + interval '5 seconds'
        where user_id = (select id from users where username = ${account.username})`;
      expectData(await redeem(gateway, token));
    });
  }

  it('keeps only hashes in the database', async () => {
    const sql = openDatabase(gateway);
    const tokens = await Promise.all(named.map(async ([, { issue }]) => (await issue(gateway)).token));
    const [dump] = await sql`select string_agg(t::text, ' ') as text from one_time_tokens t`;
    for (const token of tokens) {
      const bare = token.slice(token.lastIndexOf('_', 6) + 1);
      expect(dump?.text).not.toContain(bare);
      expect(dump?.text).not.toContain(Buffer.from(bare, 'base64url').toString('hex'));
      // 256 random bits.
      expect(Buffer.from(token.replace(/^[a-z]+_/, ''), 'base64url')).toHaveLength(32);
    }
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});
