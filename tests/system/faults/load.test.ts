import { Agent } from 'node:http';
import { expect, it } from 'vitest';
import { MeDocument, RefreshTokenDocument } from '../../generated/graphql.js';
import { type Account, login, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { millisecondsOf } from '../../support/timing.js';
import { sleep } from '../../support/wait.js';

const SIGN_INS = 200;
const BOUND = 100;

const percentile = (values: number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

const figures = (values: number[]) =>
  `${values.length} answers, p50 ${percentile(values, 0.5).toFixed(1)} ms, p95 ${percentile(values, 0.95).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms, most ${Math.max(...values).toFixed(1)} ms`;

describeOnPostgres('a crowd at the door', ({ start }) => {
  it(`${SIGN_INS} sign-ins at once starve neither queries nor refreshes, and those past the queue are told so`, {
    timeout: 240_000,
  }, async () => {
    const gateway = await start({ env: { BCRYPT_COST: '12' } });
    const accounts: Account[] = [];
    // Four for each account: attempts that are under way count towards the lock.
    while (accounts.length < SIGN_INS / 4)
      accounts.push(...(await Promise.all(Array.from({ length: 10 }, () => registerAndVerify(gateway)))));
    const [inside] = accounts as [Account];
    const sessions = await Promise.all(Array.from({ length: 4 }, () => signIn(gateway, inside)));

    let over = false;
    const each = async (act: (agent: Agent) => Promise<void>) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const times: number[] = [];
      // Warm, so that no connection is measured.
      await act(agent);
      while (!over) {
        times.push(await millisecondsOf(() => act(agent)));
        await sleep(5);
      }
      agent.destroy();
      return times;
    };
    const me = (token: string) =>
      each(async (agent) => {
        expectData(await gateway.client.run(MeDocument, {}, { token, agent }));
      });
    const refresh = (first: string) => {
      let token = first;
      return each(async (agent) => {
        const { refreshToken } = expectData(
          await gateway.client.run(RefreshTokenDocument, { refreshToken: token }, { agent }),
        ).refreshToken;
        token = refreshToken ?? '';
      });
    };
    const measured = sessions.map(({ accessToken, refreshToken }, index) =>
      index % 2 ? refresh(refreshToken) : me(accessToken),
    );
    await sleep(500);

    const started = performance.now();
    const results = await Promise.all(
      Array.from({ length: SIGN_INS }, (_, index) =>
        login(gateway, accounts[index % accounts.length] as Account),
      ),
    );
    const took = performance.now() - started;
    over = true;
    const [me1 = [], refresh1 = [], me2 = [], refresh2 = []] = await Promise.all(measured);
    const [queries, refreshes] = [
      [...me1, ...me2],
      [...refresh1, ...refresh2],
    ];

    const inTime = results.filter(({ errors }) => errors.length === 0).length;
    console.log(`${inTime} of ${SIGN_INS} signed in, all answered in ${Math.round(took)} ms`);
    console.log(`me: ${figures(queries)}`);
    console.log(`refreshToken: ${figures(refreshes)}`);

    const refused = results.flatMap(({ errors }) => errors);
    expect(new Set(refused.map(({ extensions }) => extensions.code))).toEqual(
      new Set(['SERVICE_UNAVAILABLE']),
    );
    for (const { extensions } of refused) {
      expect(Number.isInteger(extensions.retryAfter)).toBe(true);
      expect(extensions.retryAfter).toBeGreaterThan(0);
      expect(extensions.retryAfter).toBeLessThan(60);
    }
    expect(inTime).toBeGreaterThan(20);
    // Whoever was refused was not locked out.
    expect((await login(gateway, accounts.at(-1) as Account)).errors).toEqual([]);
    expect(percentile(queries, 0.99), figures(queries)).toBeLessThan(BOUND);
    expect(percentile(refreshes, 0.99), figures(refreshes)).toBeLessThan(BOUND);
  });
});
