import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  LinkIdentityDocument,
  StartProviderSignInDocument,
  UnlinkIdentityDocument,
} from '../../generated/graphql.js';
import { registerAndVerify, STRONG_PASSWORD, signIn, someone } from '../../support/accounts.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnPostgres, describeOnPostgresFirst } from '../../support/in-process.js';
import { callbackFor, type EvilProvider, startEvilProvider } from '../../support/openid-evil.js';
import { settingsOf } from '../../support/openid-provider.js';
import {
  begin,
  beginLink,
  challengeOf,
  identitiesOf,
  landingOf,
  newVerifier,
  openCallback,
  type Page,
  redeem,
  signedInTo,
} from '../../support/openid-sign-in.js';
import { logout } from '../../support/sessions.js';
import { alterAt } from '../../support/tokens.js';

const AT_ONCE = 20;
let lastSubject = 0;
/** What the provider says about a person who is new to the gateway. */
const stranger = () => {
  lastSubject += 1;
  return { sub: `stranger-${lastSubject}`, email: someone().email, email_verified: true };
};

const codesOf = (results: Result<unknown>[]) =>
  results.map(({ errors }) => errors[0]?.extensions.code ?? 'none').sort();

describeOnPostgresFirst('attacks on the way to an identity provider and back', ({ start }) => {
  let gateway: Gateway;
  let honest: EvilProvider;
  let evil: EvilProvider;

  beforeAll(async () => {
    honest = await startEvilProvider('honest');
    evil = await startEvilProvider('evil');
    gateway = await start({ env: settingsOf(honest, evil) });
  });

  beforeEach(() => {
    honest.behave();
    evil.behave();
  });

  /** The browser comes back from the provider; returns the parameters of the page that it lands on. */
  const comeBack = async (url: string) => landingOf(await openCallback(url));
  const codeOf = async (page: Page, claims = stranger()) =>
    (await comeBack(callbackFor(page, claims))).code ?? '';
  const exchanges = () => honest.requests.token + evil.requests.token;

  describe('a callback', () => {
    it('works once', async () => {
      const url = callbackFor(await begin(gateway, 'honest'), stranger());
      expect(await comeBack(url)).toEqual({ code: expect.any(String) });
      const before = exchanges();
      expect(await comeBack(url)).toEqual({ error: 'TOKEN_INVALID' });
      expect(exchanges()).toBe(before);
    });

    it('works once if it is opened 20 times at once', async () => {
      const url = callbackFor(await begin(gateway, 'honest'), stranger());
      const before = exchanges();
      const landings = await Promise.all(Array.from({ length: AT_ONCE }, () => comeBack(url)));
      expect(landings.filter(({ code }) => code !== undefined)).toHaveLength(1);
      expect(landings.filter(({ error }) => error === 'TOKEN_INVALID')).toHaveLength(AT_ONCE - 1);
      expect(exchanges()).toBe(before + 1);
    });

    it('is refused without the state of a sign-in that has begun', async () => {
      const page = await begin(gateway, 'honest');
      const state = new URL(page.authorizationUrl).searchParams.get('state') ?? '';
      const before = exchanges();
      const forged = [
        undefined,
        '',
        'x',
        alterAt(state, state.length - 5),
        `${state}A`,
        ` ${state}`,
        state.replace('ghps_', 'ghpl_'),
        state.replace('ghps_', 'ghpc_'),
        "' OR true --",
        'x'.repeat(5000),
        '\0',
      ];
      for (const one of forged) {
        expect(await comeBack(callbackFor(page, stranger(), { state: one })), one?.slice(0, 50)).toEqual({
          error: 'TOKEN_INVALID',
        });
      }
      const repeated = `${callbackFor(page, stranger())}&state=${state}`;
      expect(await comeBack(repeated)).toEqual({ error: 'TOKEN_INVALID' });
      expect(exchanges()).toBe(before);
      // None of them has used the state up.
      expect(await comeBack(callbackFor(page, stranger()))).toEqual({ code: expect.any(String) });
    });

    it('is refused with a repeated or missing code', async () => {
      for (const change of [
        (url: string) => `${url}&code=other`,
        (url: string) => url.replace(/code=[^&]*/, 'c=1'),
      ]) {
        const page = await begin(gateway, 'honest');
        expect(await comeBack(change(callbackFor(page, stranger())))).toEqual({ error: 'TOKEN_INVALID' });
      }
    });

    it('is refused with a code that the provider does not know', async () => {
      honest.replies.token = (response) => {
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
      };
      const page = await begin(gateway, 'honest');
      expect(await comeBack(callbackFor(page, stranger()))).toEqual({ error: 'TOKEN_INVALID' });
    });

    it('is not opened by HEAD, as programs do that look at links', async () => {
      const url = callbackFor(await begin(gateway, 'honest'), stranger());
      expect((await send(url, { method: 'HEAD' })).status).toBe(404);
      expect(await comeBack(url)).toEqual({ code: expect.any(String) });
    });

    it('redirects to the front end only, and stays in no cache and no Referer header', async () => {
      const page = await begin(gateway, 'honest', '/account?tab=1&x=ü#end');
      const hostile = '&redirect_uri=https://evil.example&return_to=//evil.example&error=X';
      for (const url of [callbackFor(page, stranger()), `${callbackFor(page, stranger())}${hostile}`]) {
        const { status, headers } = await send(url, {
          headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
        });
        expect(status).toBe(303);
        expect(headers.location).toMatch(new RegExp(`^${gateway.url}/signed-in\\?`));
        expect(headers['cache-control']).toBe('no-store');
        expect(headers['referrer-policy']).toBe('no-referrer');
        expect(headers['set-cookie']).toBeUndefined();
      }
    });
  });

  describe('a mix-up of providers', () => {
    it('does not send the code of one provider to another', async () => {
      const page = await begin(gateway, 'honest');
      const before = exchanges();
      const atOther = callbackFor(page, stranger()).replace('/honest/', '/evil/');
      expect(await comeBack(atOther)).toEqual({ error: 'TOKEN_INVALID' });
      expect(exchanges()).toBe(before);
    });

    it('compares iss, and requires it if the provider says that it sends one', async () => {
      const before = exchanges();
      const wrong = callbackFor(await begin(gateway, 'evil'), stranger(), { iss: honest.issuer });
      expect(await comeBack(wrong)).toEqual({ error: 'TOKEN_INVALID' });
      const sender = await startEvilProvider('sender');
      sender.replies.discovery = (response, usual) => {
        const body = { ...usual, authorization_response_iss_parameter_supported: true };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      const other = await start({ env: settingsOf(sender) });
      const iss = { missing: undefined, wrong: evil.issuer, right: sender.issuer };
      for (const [name, value] of Object.entries(iss)) {
        const landing = await comeBack(callbackFor(await begin(other, 'sender'), stranger(), { iss: value }));
        if (name === 'right') expect(landing).toEqual({ code: expect.any(String) });
        else expect(landing, name).toEqual({ error: 'TOKEN_INVALID' });
      }
      expect(sender.requests.token).toBe(1);
      expect(exchanges()).toBe(before);
    });
  });

  describe('a code', () => {
    it('works once, also if it is redeemed 20 times at once', async () => {
      const page = await begin(gateway, 'honest');
      const code = await codeOf(page);
      const results = await Promise.all(
        Array.from({ length: AT_ONCE }, () => redeem(gateway, code, page.codeVerifier)),
      );
      expect(codesOf(results)).toEqual([...Array(AT_ONCE - 1).fill('TOKEN_INVALID'), 'none']);
    });

    it('signs nobody in without the verifier of the page that began, and is used up by the attempt', async () => {
      const page = await begin(gateway, 'honest');
      const wrongs = [
        newVerifier(),
        '',
        challengeOf(page.codeVerifier),
        `${page.codeVerifier} `,
        'x'.repeat(50_000),
      ];
      for (const wrong of wrongs) {
        const other = await begin(gateway, 'honest');
        const code = await codeOf(other);
        expectCode(await redeem(gateway, code, wrong), 'TOKEN_INVALID');
        expectCode(await redeem(gateway, code, other.codeVerifier), 'TOKEN_INVALID');
      }
      const code = await codeOf(page);
      expectData(await redeem(gateway, code, page.codeVerifier));
    });

    it('is not another token, and no other token is a code', async () => {
      const page = await begin(gateway, 'honest');
      const state = new URL(page.authorizationUrl).searchParams.get('state') ?? '';
      const code = await codeOf(await begin(gateway, 'honest'));
      for (const one of [
        state,
        state.replace('ghps_', 'ghpc_'),
        code.replace('ghpc_', 'ghps_'),
        '',
        'x',
        '\0',
      ])
        expectCode(await redeem(gateway, one, page.codeVerifier), 'TOKEN_INVALID');
      const landing = await comeBack(callbackFor(page, stranger(), { state: code }));
      expect(landing).toEqual({ error: 'TOKEN_INVALID' });
    });
  });

  describe('login CSRF', () => {
    it("does not sign the victim in to the attacker's account", async () => {
      const claims = stranger();
      const attackers = await begin(gateway, 'honest');
      const victims = await begin(gateway, 'honest');
      // The victim's browser opens the attacker's callback, and the page redeems the code.
      const { code = '' } = await comeBack(callbackFor(attackers, claims));
      expectCode(await redeem(gateway, code, victims.codeVerifier), 'TOKEN_INVALID');
      expectCode(await redeem(gateway, code, attackers.codeVerifier), 'TOKEN_INVALID');
    });

    it("does not link the victim's identity to the attacker's account", async () => {
      const { accessToken } = await signIn(gateway, await registerAndVerify(gateway));
      const attackers = await beginLink(gateway, accessToken, 'honest');
      const victim = stranger();
      // The attacker sends the link to the victim, who is signed in at the provider. Only the victim sees the code.
      const { code = '' } = await comeBack(callbackFor(attackers, victim));
      const victims = await begin(gateway, 'honest');
      expectCode(await redeem(gateway, code, victims.codeVerifier), 'TOKEN_INVALID');
      expect((await identitiesOf(gateway, accessToken)).identities).toEqual([]);
      // The victim can still come to an account of their own.
      const page = await begin(gateway, 'honest');
      const { user } = signedInTo(await redeem(gateway, await codeOf(page, victim), page.codeVerifier));
      expect(user.email).toBe(victim.email);
    });

    it("does not link the attacker's identity to the victim's account", async () => {
      const { accessToken } = await signIn(gateway, await registerAndVerify(gateway));
      const victims = await beginLink(gateway, accessToken, 'honest');
      const attackers = await begin(gateway, 'honest');
      const code = await codeOf(attackers);
      // The victim's page redeems the attacker's code with the verifier of the link.
      expectCode(await redeem(gateway, code, victims.codeVerifier, { token: accessToken }), 'TOKEN_INVALID');
      expect((await identitiesOf(gateway, accessToken)).identities).toEqual([]);
    });
  });

  describe('linking', () => {
    const signedIn = async () => {
      const account = await registerAndVerify(gateway);
      return { account, ...(await signIn(gateway, account)) };
    };

    it('needs the session to be live when the browser comes back, and when the page redeems the code', async () => {
      const early = await signedIn();
      const first = await beginLink(gateway, early.accessToken, 'honest');
      expectData(await logout(gateway, early));
      expect(await comeBack(callbackFor(first, stranger()))).toEqual({ error: 'UNAUTHENTICATED' });

      const late = await signedIn();
      const second = await beginLink(gateway, late.accessToken, 'honest');
      const code = await codeOf(second);
      expectData(await logout(gateway, late));
      expectCode(await redeem(gateway, code, second.codeVerifier), 'UNAUTHENTICATED');
      const again = await signIn(gateway, late.account);
      expect((await identitiesOf(gateway, again.accessToken)).identities).toEqual([]);
    });

    it('is void after a change of the password, before and after the browser comes back', async () => {
      const { account, accessToken: token } = await signedIn();
      const change = (from: string, to: string) =>
        gateway.client.runRaw(
          `mutation { changePassword(input: { currentPassword: "${from}", newPassword: "${to}", confirmPassword: "${to}" }) { success } }`,
          {},
          { token },
        );
      const first = await beginLink(gateway, token, 'honest');
      expectData(await change(account.password, 'AnotherPassword456?'));
      expect(await comeBack(callbackFor(first, stranger()))).toEqual({ error: 'TOKEN_INVALID' });

      const second = await beginLink(gateway, token, 'honest');
      const code = await codeOf(second);
      expectData(await change('AnotherPassword456?', STRONG_PASSWORD));
      expectCode(await redeem(gateway, code, second.codeVerifier), 'TOKEN_INVALID');
      expect((await identitiesOf(gateway, token)).identities).toEqual([]);
    });

    it('refuses an identity that another account has, and leaves it there', async () => {
      const claims = stranger();
      const page = await begin(gateway, 'honest');
      const owner = signedInTo(await redeem(gateway, await codeOf(page, claims), page.codeVerifier));
      const { accessToken } = await signedIn();
      const link = await beginLink(gateway, accessToken, 'honest');
      expectCode(await redeem(gateway, await codeOf(link, claims), link.codeVerifier), 'ACCOUNT_EXISTS');
      expect((await identitiesOf(gateway, accessToken)).identities).toEqual([]);
      expect((await identitiesOf(gateway, owner.accessToken)).identities).toHaveLength(1);
    });

    it('links an identity to one of two accounts that ask at once', async () => {
      const claims = stranger();
      const people = await Promise.all([signedIn(), signedIn()]);
      const pages = await Promise.all(people.map((one) => beginLink(gateway, one.accessToken, 'honest')));
      const codes = await Promise.all(pages.map((page) => codeOf(page, claims)));
      const results = await Promise.all(
        pages.map((page, at) => redeem(gateway, codes[at] ?? '', page.codeVerifier)),
      );
      expect(codesOf(results)).toEqual(['ACCOUNT_EXISTS', 'none']);
    });

    it("does not unlink another user's identity", async () => {
      const page = await begin(gateway, 'honest');
      const owner = signedInTo(await redeem(gateway, await codeOf(page), page.codeVerifier));
      const [identity] = (await identitiesOf(gateway, owner.accessToken)).identities;
      const { accessToken: token } = await signedIn();
      for (const id of [identity?.id ?? '', 'x', '00000000-0000-4000-8000-000000000000'])
        expectCode(await gateway.client.run(UnlinkIdentityDocument, { id }, { token }), 'NOT_FOUND');
      expect((await identitiesOf(gateway, owner.accessToken)).identities).toHaveLength(1);
    });

    it('accepts 20 identities at most', { timeout: 120_000 }, async () => {
      const { accessToken } = await signedIn();
      for (let count = 0; count < 20; count += 1) {
        const page = await beginLink(gateway, accessToken, 'honest');
        expectData(await redeem(gateway, await codeOf(page), page.codeVerifier));
      }
      const input = { provider: 'honest', codeChallenge: challengeOf(newVerifier()) };
      const refused = await gateway.client.run(LinkIdentityDocument, { input }, { token: accessToken });
      expect(expectCode(refused, 'BAD_USER_INPUT').fieldErrors).toMatchObject([{ field: 'provider' }]);
    });
  });

  describe('the start', () => {
    const startWith = (input: object) =>
      gateway.client.run(StartProviderSignInDocument, {
        input: { provider: 'honest', codeChallenge: challengeOf(newVerifier()), ...input },
      });

    it.each([
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      '/\r\nSet-Cookie: a=b',
      '\\\\evil.example',
      ' /account',
      'account',
      '',
      'javascript:alert(1)',
      '/\ud800',
      '/\0',
      `/${'x'.repeat(1024)}`,
    ])('refuses to come back to %j', async (returnTo) => {
      expect(expectCode(await startWith({ returnTo }), 'BAD_USER_INPUT').fieldErrors).toMatchObject([
        { field: 'returnTo' },
      ]);
    });

    it.each([
      '',
      'x',
      'x'.repeat(42),
      'x'.repeat(44),
      `${'x'.repeat(42)}=`,
      `${'x'.repeat(42)}+`,
      'ｘ'.repeat(43),
    ])('refuses the code challenge %j', async (codeChallenge) => {
      expect(expectCode(await startWith({ codeChallenge }), 'BAD_USER_INPUT').fieldErrors).toMatchObject([
        { field: 'codeChallenge' },
      ]);
    });

    it.each(['', 'HONEST', 'unknown', '__proto__', '../honest', '\0'])(
      'knows no provider %j',
      async (provider) => {
        expectCode(await startWith({ provider }), 'NOT_FOUND');
      },
    );

    it('serves no callback of an unknown provider', async () => {
      expect((await send(`${gateway.url}/identity-providers/unknown/callback?state=x`)).status).toBe(404);
    });
  });
});

describeOnPostgres('secrets of a sign-in by an identity provider', ({ start }) => {
  it('are neither in the database nor in the log nor in the state', async () => {
    const provider = await startEvilProvider('honest');
    const gateway = await start({ env: { ...settingsOf(provider), LOG_LEVEL: 'trace' } });
    const page = await begin(gateway, 'honest');
    const sent = new URL(page.authorizationUrl).searchParams;
    const dump = async () => JSON.stringify(await openDatabase(gateway)`select * from one_time_tokens`);
    const atStart = await dump();
    const callback = callbackFor(page, stranger());
    const landing = landingOf(await openCallback(callback));
    const atEnd = await dump();
    expectData(await redeem(gateway, landing.code ?? '', page.codeVerifier));
    const [exchange] = provider.tokenRequests;
    const secrets = {
      state: sent.get('state'),
      nonce: sent.get('nonce'),
      'verifier of the gateway': exchange?.get('code_verifier'),
      code: landing.code,
      'code of the provider': new URL(callback).searchParams.get('code'),
      'client secret': provider.env.IDENTITY_PROVIDER_HONEST_CLIENT_SECRET,
      'verifier of the page': page.codeVerifier,
    };
    for (const [name, value] of Object.entries(secrets)) {
      expect(value, name).toMatch(/.{30}/);
      expect(atStart + atEnd, name).not.toContain(value);
      expect(gateway.logs(), name).not.toContain(value);
    }
    expect(challengeOf(secrets['verifier of the gateway'] ?? '')).toBe(sent.get('code_challenge'));
    expect(secrets['verifier of the gateway']).not.toBe(challengeOf(secrets.state ?? ''));
  });

  it('expire: the code after a minute, the state after ten, an old authentication before linking', async () => {
    const gateway = await start({ env: settingsOf(await startEvilProvider('honest')) });
    const sql = openDatabase(gateway);
    const page = await begin(gateway, 'honest');
    const [state] =
      await sql`select extract(epoch from expires_at - now())::int as seconds from one_time_tokens`;
    expect(state?.seconds).toBeGreaterThan(590);
    expect(state?.seconds).toBeLessThanOrEqual(600);
    const { code = '' } = landingOf(await openCallback(callbackFor(page, stranger())));
    const [stored] =
      await sql`select extract(epoch from expires_at - now())::int as seconds from one_time_tokens`;
    expect(stored?.seconds).toBeGreaterThan(50);
    expect(stored?.seconds).toBeLessThanOrEqual(60);
    await sql`update one_time_tokens set expires_at = now()`;
    expectCode(await redeem(gateway, code, page.codeVerifier), 'TOKEN_INVALID');
    const late = await begin(gateway, 'honest');
    await sql`update one_time_tokens set expires_at = now()`;
    expect(landingOf(await openCallback(callbackFor(late, stranger())))).toEqual({ error: 'TOKEN_INVALID' });

    const { accessToken: token } = await signIn(gateway, await registerAndVerify(gateway));
    await sql`update sessions set authenticated_at = now() - interval '16 minutes'`;
    const input = { provider: 'honest', codeChallenge: challengeOf(newVerifier()) };
    expectCode(
      await gateway.client.run(LinkIdentityDocument, { input }, { token }),
      'REAUTHENTICATION_REQUIRED',
    );
    expectCode(
      await gateway.client.run(UnlinkIdentityDocument, { id: 'x' }, { token }),
      'REAUTHENTICATION_REQUIRED',
    );
  });
});
