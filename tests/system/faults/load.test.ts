import { Agent } from 'node:http';
import { expect, it } from 'vitest';
import { type Account, login, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { me, refresh, type Session } from '../../support/sessions.js';
import { percentile } from '../../support/statistics.js';
import { millisecondsOf } from '../../support/timing.js';
import { sleep } from '../../support/wait.js';

const SIGN_INS = 200;
/** The maximum latency during many sign-ins (ms), or on a busy machine a multiple of an idle gateway's latency. */
const BOUND_MS = 100;
const BOUND_FACTOR = 5;

const figures = (values: number[]) =>
  `${values.length} answers, p50 ${percentile(values, 0.5).toFixed(1)} ms, p95 ${percentile(values, 0.95).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms, most ${Math.max(...values).toFixed(1)} ms`;

/** Other accounts with the same password. */
async function copiesOf(account: Account, gateway: Gateway, count: number): Promise<Account[]> {
  const copies = Array.from({ length: count }, () => someone({ password: account.password }));
  const sql = openDatabase(gateway);
  for (const { username, email } of copies)
    await sql`insert into users (username, email, search_text, email_verified, password_hash)
      select ${username}, ${email}, ${username}, true, password_hash from users
      where lower(username) = lower(${account.username})`;
  return copies;
}

/** Runs queries and refreshes one after the other until stopped; returns the latencies (ms). */
function measure(gateway: Gateway, sessions: readonly Session[]) {
  let isOver = false;
  const each = async (act: (agent: Agent) => Promise<unknown>) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const times: number[] = [];
    // Opens the connection first, so that it is not measured.
    await act(agent);
    while (!isOver) {
      times.push(await millisecondsOf(() => act(agent)));
      await sleep(5);
    }
    agent.destroy();
    return times;
  };
  const queries = sessions
    .slice(0, 2)
    .map((session) => each(async (agent) => expectData(await me(gateway, session, { agent }))));
  const refreshes = sessions.slice(2).map((session) => {
    let { refreshToken } = session;
    return each(async (agent) => {
      const renewed = expectData(await refresh(gateway, { refreshToken }, { agent })).refreshToken;
      refreshToken = renewed.refreshToken ?? '';
    });
  });
  return async () => {
    isOver = true;
    const [asked, refreshed] = await Promise.all([Promise.all(queries), Promise.all(refreshes)]);
    return { queries: asked.flat(), refreshes: refreshed.flat() };
  };
}

describeOnPostgres('many concurrent sign-ins', ({ start }) => {
  it(`starves neither queries nor refreshes with ${SIGN_INS} sign-ins, and answers SERVICE_UNAVAILABLE if the queue is full`, async () => {
    const env = { BCRYPT_COST: '12' };
    const [gateway, idle] = await Promise.all([start({ env }), start({ env })]);
    const signedIn = async (node: Gateway) => {
      const account = await registerAndVerify(node);
      const sessions: Session[] = [];
      while (sessions.length < 4) sessions.push(await signIn(node, account));
      return { account, sessions };
    };
    const [onLoaded, onIdle] = await Promise.all([signedIn(gateway), signedIn(idle)]);
    // Four sign-ins per account, so that fewer accounts are needed.
    const accounts = await copiesOf(onLoaded.account, gateway, SIGN_INS / 4);

    // The idle gateway runs on the same machine, so its latency shows how busy the machine is.
    const stop = [measure(gateway, onLoaded.sessions), measure(idle, onIdle.sessions)] as const;
    await sleep(500);
    const startedAt = performance.now();
    const results = await Promise.all(
      Array.from({ length: SIGN_INS }, (_, index) =>
        login(gateway, accounts[index % accounts.length] as Account),
      ),
    );
    const took = performance.now() - startedAt;
    const [loaded, control] = await Promise.all([stop[0](), stop[1]()]);

    const inTime = results.filter(({ errors }) => errors.length === 0).length;
    console.log(`${inTime} of ${SIGN_INS} signed in, all answered in ${Math.round(took)} ms`);
    for (const kind of ['queries', 'refreshes'] as const)
      console.log(`${kind}: ${figures(loaded[kind])}; of the idle gateway: ${figures(control[kind])}`);

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
    // A refused sign-in does not count as a failure.
    expect((await login(gateway, accounts.at(-1) as Account)).errors).toEqual([]);
    for (const kind of ['queries', 'refreshes'] as const) {
      const bound = Math.max(BOUND_MS, BOUND_FACTOR * percentile(control[kind], 0.99));
      expect(percentile(loaded[kind], 0.99), `${kind}: ${figures(loaded[kind])}`).toBeLessThan(bound);
    }
  });
});
