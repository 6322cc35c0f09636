import { beforeAll, describe, expect, it } from 'vitest';
import { LogoutDocument, MeDocument, RefreshTokenDocument } from '../../generated/graphql.js';
import { type Account, registerAndVerify, signIn, verificationMail } from '../../support/accounts.js';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';
import { RACES } from '../../support/races.js';
import { alterAt } from '../../support/tokens.js';
import { sleep } from '../../support/wait.js';

const AT_ONCE = 20;

describeOnPostgresFirst('attacks on refresh tokens', ({ start }) => {
  let gateway: Gateway;
  let account: Account;

  const refresh = (refreshToken: string) => gateway.client.run(RefreshTokenDocument, { refreshToken });
  const refreshed = async (refreshToken: string) => {
    const pair = expectData(await refresh(refreshToken)).refreshToken;
    return { ...pair, refreshToken: pair.refreshToken ?? '' };
  };
  const refreshAtOnce = (refreshToken: string) =>
    Promise.all(Array.from({ length: AT_ONCE }, () => refresh(refreshToken)));
  const me = (token: string) => gateway.client.run(MeDocument, {}, { token });

  const expectDead = async ({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }) => {
    expect(expectCode(await me(accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    expectCode(await refresh(refreshToken), 'TOKEN_INVALID');
  };

  describe('within the grace period', () => {
    beforeAll(async () => {
      // Longer than the rounds take on a busy machine.
      gateway = await start({ env: { REFRESH_GRACE_SECONDS: '60' } });
      account = await registerAndVerify(gateway);
    });

    it('answers 20 concurrent refreshes of one token with one pair', async () => {
      for (let round = 0; round < RACES; round += 1) {
        const { session, ...first } = await signIn(gateway, account);
        const pairs = (await refreshAtOnce(first.refreshToken)).map(
          (result) => expectData(result).refreshToken,
        );
        const tokens = new Set(pairs.map(({ refreshToken }) => refreshToken));
        expect(tokens.size, `round ${round}: distinct refresh tokens`).toBe(1);
        expect(new Set(pairs.map((pair) => pair.session.id))).toEqual(new Set([session.id]));
        const current = [...tokens][0] ?? '';
        expect(current).not.toBe(first.refreshToken);
        // The previous and the current token at once, like browser tabs that hold different tokens.
        const mixed = await Promise.all([refreshAtOnce(first.refreshToken), refreshAtOnce(current)]);
        for (const result of mixed.flat()) {
          expect(expectData(result).refreshToken.refreshToken).toBe(current);
        }
        expectData(await me(pairs[round % AT_ONCE]?.accessToken ?? ''));
      }
    });

    it('does not rotate again within the grace period, in whatever order the tokens come', async () => {
      const first = await signIn(gateway, account);
      const second = await refreshed(first.refreshToken);
      for (const token of [second, first, second, second, first, first]) {
        const pair = await refreshed(token.refreshToken);
        expect(pair.refreshToken).toBe(second.refreshToken);
        expectData(await me(pair.accessToken));
      }
    });

    it('keeps the session of eight tabs that reload at random', async () => {
      const { refreshToken } = await signIn(gateway, account);
      const tabs = Array.from({ length: 8 }, () => refreshToken);
      for (let round = 0; round < 15; round += 1) {
        await Promise.all(
          tabs.map(async (token, tab) => {
            if (Math.random() < 0.3) return;
            tabs[tab] = (await refreshed(token)).refreshToken;
          }),
        );
      }
      for (const token of tabs) expectData(await me((await refreshed(token)).accessToken));
    });

    it('refuses a forged token with a real session id, and keeps the session', async () => {
      const first = await signIn(gateway, account);
      const second = await refreshed(first.refreshToken);
      // A forged counter on the current token, and on a token that would count as reuse.
      for (const token of [first.refreshToken, second.refreshToken]) {
        for (let index = 0; index < token.length; index += 1) {
          expectCode(await refresh(alterAt(token, index)), 'TOKEN_INVALID');
        }
        for (const forged of [
          token.slice(0, -1),
          `${token}A`,
          `${token}.`,
          token.toUpperCase(),
          `${token} `,
        ]) {
          expectCode(await refresh(forged), 'TOKEN_INVALID');
        }
      }
      expectCode(await refresh(first.session.id), 'TOKEN_INVALID');
      expectData(await me(second.accessToken));
      await refreshed(second.refreshToken);
    });

    it('refuses an access token as a refresh token', async () => {
      const { accessToken, refreshToken } = await signIn(gateway, account);
      expectCode(await refresh(accessToken), 'TOKEN_INVALID');
      expectData(await me(accessToken));
      await refreshed(refreshToken);
    });

    it('refuses the previous token too after a logout', async () => {
      const first = await signIn(gateway, account);
      const second = await refreshed(first.refreshToken);
      expectData(await gateway.client.run(LogoutDocument, {}, { token: second.accessToken }));
      expectCode(await refresh(second.refreshToken), 'TOKEN_INVALID');
      expectCode(await refresh(first.refreshToken), 'TOKEN_INVALID');
      expect(expectCode(await me(second.accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    });

    it('leaves no valid token if refreshes race a logout', async () => {
      for (let round = 0; round < RACES; round += 1) {
        const { accessToken, refreshToken } = await signIn(gateway, account);
        const logout = () => gateway.client.run(LogoutDocument, {}, { token: accessToken });
        const [results, out] = await Promise.all([refreshAtOnce(refreshToken), logout()]);
        expectData(out);
        for (const result of results) {
          const pair = result.data?.refreshToken;
          if (pair) await expectDead({ ...pair, refreshToken: pair.refreshToken ?? '' });
          else expectCode(result, 'TOKEN_INVALID');
        }
      }
    });
  });

  describe('without a grace period', () => {
    beforeAll(async () => {
      gateway = await start({ env: { REFRESH_GRACE_SECONDS: '0' } });
      account = await registerAndVerify(gateway);
    });

    it('lets one of 20 concurrent refreshes of a token succeed, and the others end the session', async () => {
      for (let round = 0; round < RACES; round += 1) {
        const { refreshToken } = await signIn(gateway, account);
        const results = await refreshAtOnce(refreshToken);
        const won = results.flatMap(({ data }) => (data?.refreshToken ? [data.refreshToken] : []));
        expect(won, `round ${round}`).toHaveLength(1);
        for (const result of results.filter(({ data }) => !data?.refreshToken))
          expectCode(result, 'TOKEN_INVALID');
        for (const pair of won) await expectDead({ ...pair, refreshToken: pair.refreshToken ?? '' });
      }
    });
  });

  describe('with a grace period of three seconds', () => {
    beforeAll(async () => {
      gateway = await start({ env: { REFRESH_GRACE_SECONDS: '3' } });
    });

    it('ends the session and mails the owner if the previous token is reused after the grace period', async () => {
      const owner = await registerAndVerify(gateway);
      const verify = await verificationMail(gateway, owner.email);
      const welcome = await gateway.mail.waitForMail(
        owner.email,
        ({ subject }) => subject !== verify.subject,
      );
      const first = await signIn(gateway, owner);
      const second = await refreshed(first.refreshToken);
      await sleep(3300);
      expectData(await me(second.accessToken));

      expectCode(await refresh(first.refreshToken), 'TOKEN_INVALID');
      await expectDead(second);
      const others = [verify.subject, welcome.subject];
      const warning = await gateway.mail.waitForMail(owner.email, ({ subject }) => !others.includes(subject));
      expect(warning.text + warning.html).not.toContain(first.refreshToken);
    });

    it('exchanges the current token for the next one after the grace period', async () => {
      const owner = await registerAndVerify(gateway);
      const first = await signIn(gateway, owner);
      const second = await refreshed(first.refreshToken);
      await sleep(3300);
      const thirds = (await refreshAtOnce(second.refreshToken)).map(
        (result) => expectData(result).refreshToken,
      );
      expect(new Set(thirds.map((pair) => pair.refreshToken)).size).toBe(1);
      expect(thirds[0]?.refreshToken).not.toBe(second.refreshToken);
      expect((await refreshed(second.refreshToken)).refreshToken).toBe(thirds[0]?.refreshToken);
    });

    it('ends the session of a token that is two rotations old, and only that session', async () => {
      const owner = await registerAndVerify(gateway);
      const bystander = await signIn(gateway, owner);
      const first = await signIn(gateway, owner);
      const second = await refreshed(first.refreshToken);
      await sleep(3300);
      const third = await refreshed(second.refreshToken);
      expect(third.refreshToken).not.toBe(second.refreshToken);
      expectCode(await refresh(first.refreshToken), 'TOKEN_INVALID');
      await expectDead(third);
      await expectDead(second);
      expectData(await me(bystander.accessToken));
      await refreshed(bystander.refreshToken);
    });

    it('does not extend the grace period at a reuse', async () => {
      const owner = await registerAndVerify(gateway);
      const first = await signIn(gateway, owner);
      await refreshed(first.refreshToken);
      await sleep(1500);
      const { accessToken } = await refreshed(first.refreshToken);
      await sleep(1900);
      expectCode(await refresh(first.refreshToken), 'TOKEN_INVALID');
      expect(expectCode(await me(accessToken), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
    });
  });
});
