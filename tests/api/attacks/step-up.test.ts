import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { SoftwareAuthenticator } from '../../support/authenticator.js';
import { clone, type Person } from '../../support/cast.js';
import { expectCode, expectData, expectUnauthenticated } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgres } from '../../support/in-process.js';
import { finishRegistration, pageOrigin, registrationOf } from '../../support/passkeys.js';
import { RACES } from '../../support/races.js';
import { logout, refresh } from '../../support/sessions.js';
import { letGrowOld, reauthenticate } from '../../support/step-up.js';
import { decode } from '../../support/tokens.js';
import { challenge, protectedAccount, secondStep, wrong } from '../../support/totp.js';

const AT_ONCE = 20;
const LOCKOUT_THRESHOLD = 5;
const FACTOR_LIMIT = 5;

const guarded = (gateway: Gateway, token: string) =>
  gateway.client.runRaw('mutation { setupTwoFactor(input: {}) { expiresAt } }', {}, { token });

describeOnPostgres('attacks on step-up', ({ start }) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
    await registerAndVerify(gateway);
  });

  const oldSession = async (): Promise<Person> => {
    const person = await clone(gateway, 'CUSTOMER');
    await letGrowOld(gateway, person.sessionId);
    return person;
  };

  it('rejects a refreshed token of a session with an old authentication', async () => {
    const { accessToken } = expectData(await refresh(gateway, await oldSession())).refreshToken;
    expectCode(await guarded(gateway, accessToken), 'REAUTHENTICATION_REQUIRED');
  });

  it('does not accept the authentication of another session of the user', async () => {
    const account = await registerAndVerify(gateway);
    const [stolen, own] = [await signIn(gateway, account), await signIn(gateway, account)];
    await letGrowOld(gateway, stolen.session.id);
    expectData(await reauthenticate(gateway, own.accessToken, { password: account.password }));
    expectCode(await guarded(gateway, stolen.accessToken), 'REAUTHENTICATION_REQUIRED');
  });

  it('does not accept the password of another user', async () => {
    const { token } = await oldSession();
    const other = await registerAndVerify(gateway, { password: 'AnotherPassword456?' });
    expectCode(await reauthenticate(gateway, token, { password: other.password }), 'INVALID_CREDENTIALS');
    expectCode(await guarded(gateway, token), 'REAUTHENTICATION_REQUIRED');
  });

  it('rejects a code that was already used to reauthenticate', async () => {
    const owner = await protectedAccount(gateway);
    const code = await owner.authenticator.freshCode();
    expectData(await reauthenticate(gateway, owner.token, { code }));
    expectCode(await reauthenticate(gateway, owner.token, { code }), 'INVALID_TWO_FACTOR_CODE');
  });

  it('refuses to reauthenticate after the session has ended', async () => {
    const account = await registerAndVerify(gateway);
    const session = await signIn(gateway, account);
    expectData(await logout(gateway, session));
    const result = await reauthenticate(gateway, session.accessToken, { password: account.password });
    expect(expectUnauthenticated(result)).toBe('SESSION_REVOKED');
  });

  it('does not revive a session that ends at the same moment', async () => {
    for (let race = 0; race < RACES; race++) {
      const { token, refreshToken, password, sessionId } = await clone(gateway, 'CUSTOMER');
      const [reauthenticated] = await Promise.all([
        reauthenticate(gateway, token, { password }),
        logout(gateway, { accessToken: token }),
      ]);
      const fresh = reauthenticated.data?.reauthenticate.accessToken ?? token;
      expect(decode(fresh).claims.sid).toBe(sessionId);
      expect(expectUnauthenticated(await guarded(gateway, fresh))).toBe('SESSION_REVOKED');
      expectCode(await refresh(gateway, { refreshToken }), 'TOKEN_INVALID');
    }
  });

  it(`checks at most ${LOCKOUT_THRESHOLD} of ${AT_ONCE} concurrent passwords`, async () => {
    const { token, password } = await oldSession();
    const guesses = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) =>
        reauthenticate(gateway, token, { password: `WrongPassword${n}!x` }),
      ),
    );
    const codes = guesses.map(({ errors }) => errors[0]?.extensions.code);
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS').length).toBeLessThanOrEqual(
      LOCKOUT_THRESHOLD,
    );
    expectCode(await reauthenticate(gateway, token, { password }), 'ACCOUNT_LOCKED');
  });

  it(`locks the second factor after ${FACTOR_LIMIT} wrong codes`, async () => {
    const owner = await protectedAccount(gateway);
    const code = await owner.authenticator.freshCode();
    for (let guess = 0; guess < FACTOR_LIMIT; guess++) {
      const result = await reauthenticate(gateway, owner.token, { code: wrong(code) });
      expectCode(result, 'INVALID_TWO_FACTOR_CODE');
    }
    expectCode(await reauthenticate(gateway, owner.token, { code }), 'ACCOUNT_LOCKED');
    // A thief with a stolen access token must not lock the owner out.
    const { challengeToken } = await challenge(gateway, owner);
    expectData(await secondStep(gateway, challengeToken, code));
  });

  it('does not let a passkey be added by a registration that began before an admin removed all factors', async () => {
    const owner = await protectedAccount(gateway);
    const admin = await clone(gateway, 'ADMIN');
    const ceremony = await registrationOf(gateway, owner.token);
    const authenticator = new SoftwareAuthenticator({ origin: pageOrigin(gateway) });
    const credential = authenticator.create(ceremony.options);
    const { sub } = decode(owner.token).claims;
    const reset = `mutation { resetUserTwoFactor(id: "${sub}") { id } }`;
    expectData(await gateway.client.runRaw(reset, {}, admin));
    const input = { challengeToken: ceremony.challengeToken, credential };
    expectCode(await finishRegistration(gateway, owner.token, input), 'TOKEN_INVALID');
  });
});

describeOnPostgres('step-up on several nodes', ({ start }) => {
  describe('a session that has authenticated again on one node', () => {
    it('counts on the other node at once, although it has a copy of the session', async () => {
      const env = { JWT_ISSUER: 'http://gateway.test' };
      const first = await start({ env });
      const { database, redis, dataDir } = first;
      const second = await start({ env, database, redis, dataDir });
      await registerAndVerify(first);
      const { token, sessionId, password } = await clone(first, 'CUSTOMER');
      await letGrowOld(first, sessionId);
      expectCode(await guarded(second, token), 'REAUTHENTICATION_REQUIRED');
      expectData(await reauthenticate(first, token, { password }));
      expectData(await guarded(second, token));
    });
  });
});
