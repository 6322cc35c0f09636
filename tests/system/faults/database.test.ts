import { Agent } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { LogoutDocument, MeDocument, RefreshTokenDocument } from '../../generated/graphql.js';
import {
  type Account,
  login,
  register,
  registerAndVerify,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { describeOnPostgres, describeOnRedis } from '../../support/backends.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { tokenIn } from '../../support/mailbox.js';
import { freezable, type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { startProxy, type TcpProxy } from '../../support/proxy.js';
import { requestReset, verifyBy } from '../../support/recovery.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { sleep, until } from '../../support/wait.js';

/** The statement timeout and what an answer needs beside it. */
const BOUND = 5000 + 2500;
/** How long after the return of a part everything must be well again. */
const RECOVERY = 30_000;

type Session = Awaited<ReturnType<typeof signIn>>;

const me = (gateway: Gateway, { accessToken: token }: Pick<Session, 'accessToken'>) =>
  gateway.client.run(MeDocument, {}, { token });
const refresh = (gateway: Gateway, { refreshToken }: { refreshToken: string }) =>
  gateway.client.run(RefreshTokenDocument, { refreshToken });
const logout = (gateway: Gateway, { accessToken: token }: Session) =>
  gateway.client.run(LogoutDocument, {}, { token });
const readiness = async (gateway: Gateway) => {
  const { status, json } = await send(`${gateway.url}/readyz`);
  return { status, body: json as Record<string, unknown> };
};
const timed = async <T>(work: Promise<T>): Promise<[T, number]> => {
  const started = performance.now();
  return [await work, performance.now() - started];
};

describeOnPostgres('Postgres', ({ start }) => {
  let postgres: PostgresServer;
  let gateway: Gateway;
  let account: Account;
  let session: Session;

  beforeAll(async () => {
    // The harness makes it for others to enter: Postgres does not run as root.
    postgres = await startPostgres(await freshFolder().then(openToOthers));
    gateway = await start({ database: postgres.url });
    account = await registerAndVerify(gateway);
    session = await signIn(gateway, account);
  });
  afterAll(async () => {
    await gateway?.stop('SIGKILL');
    await postgres?.stop('SIGQUIT');
  });

  /** Everything that needs the database says so in time, and nothing of what it answers is a token. */
  const expectUnavailable = async () => {
    const pending = someone();
    const requests: Record<string, Promise<Result<unknown>>> = {
      login: login(gateway, account),
      'wrong login': login(gateway, { ...account, password: 'a quite Wrong phrase 12' }),
      refresh: refresh(gateway, session),
      register: register(gateway, pending),
      reset: requestReset(gateway, account.email),
      me: me(gateway, session),
      logout: logout(gateway, session),
    };
    const answers = await Promise.all(
      Object.entries(requests).map(async ([name, request]) => [name, ...(await timed(request))] as const),
    );
    for (const [name, result, milliseconds] of answers) {
      const { retryAfter = 0 } = expectCode(result, 'SERVICE_UNAVAILABLE');
      expect(retryAfter, name).toBeGreaterThan(0);
      expect(milliseconds, name).toBeLessThan(BOUND);
      expect(JSON.stringify(result.data), name).not.toMatch(/accessToken|ghr|eyJ/);
      expect(result.cookies, name).toEqual({});
    }
    const [{ status, body }, took] = await timed(readiness(gateway));
    expect(status).toBe(503);
    expect(took).toBeLessThan(BOUND);
    expect(JSON.stringify(body)).not.toMatch(/postgres:\/\/|password/);
    expect((await send(`${gateway.url}/healthz`)).status).toBe(200);
    return Math.round(Math.max(...answers.map(([, , milliseconds]) => milliseconds)));
  };

  /** All is well: it is ready, the session is alive still, and people sign in and register. */
  const expectRecovery = async () => {
    const started = performance.now();
    await until('the gateway to be ready', async () => (await readiness(gateway)).status === 200, RECOVERY);
    const took = Math.round(performance.now() - started);
    expectData(await me(gateway, session));
    const next = expectData(await refresh(gateway, session)).refreshToken;
    session = { ...session, ...next, refreshToken: next.refreshToken ?? '' };
    await signIn(gateway, account);
    const person = someone();
    expectData(await register(gateway, person));
    const token = tokenIn(await verificationMail(gateway, person.email));
    expectData(await verifyBy(gateway, token));
    await signIn(gateway, person);
    return took;
  };

  it('stopped: SERVICE_UNAVAILABLE in time, no token, and recovery without a restart', {
    timeout: 150_000,
  }, async () => {
    const pid = gateway.pid;
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      await postgres.stop(signal);
      const slowest = await expectUnavailable();
      await postgres.start();
      const back = await expectRecovery();
      console.log(
        `Postgres stopped by ${signal}: slowest answer ${slowest} ms, ready again after ${back} ms`,
      );
    }
    expect(gateway.pid).toBe(pid);
  });

  it('frozen: SERVICE_UNAVAILABLE within the statement timeout, no token, and recovery', {
    timeout: 150_000,
  }, async () => {
    const freeze = freezable(postgres.pid);
    freeze('SIGSTOP');
    let slowest = 0;
    try {
      slowest = await expectUnavailable();
    } finally {
      freeze('SIGCONT');
    }
    // What was said to have failed may have been done: but then nobody holds what it made.
    session = await signIn(gateway, account);
    const back = await expectRecovery();
    console.log(`Postgres frozen: slowest answer ${slowest} ms, ready again after ${back} ms`);
  });

  it('frozen while many ask: nobody waits for longer, and nothing is left behind', {
    timeout: 150_000,
  }, async () => {
    const freeze = freezable(postgres.pid);
    freeze('SIGSTOP');
    try {
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          timed<Result<unknown>>(index % 2 ? login(gateway, account) : refresh(gateway, session)),
        ),
      );
      for (const [result] of answers) expectCode(result, 'SERVICE_UNAVAILABLE');
      const slowest = Math.round(Math.max(...answers.map(([, milliseconds]) => milliseconds)));
      console.log(`60 at once at a frozen Postgres: slowest answer ${slowest} ms`);
      expect(slowest).toBeLessThan(BOUND);
    } finally {
      freeze('SIGCONT');
    }
    await until('it to be ready', async () => (await readiness(gateway)).status === 200, RECOVERY);
    // The right password, however often it was cut off, was no failure.
    const [, took] = await timed(signIn(gateway, account));
    expect(took).toBeLessThan(3000);
    session = await signIn(gateway, account);
    await expectRecovery();
  });

  it('gone under load: no answer is anything but a result or SERVICE_UNAVAILABLE', {
    timeout: 150_000,
  }, async () => {
    let over = false;
    const codes = new Map<string, number>();
    const people = await Promise.all(Array.from({ length: 6 }, () => registerAndVerify(gateway)));
    const loops = people.map(async (person) => {
      while (!over) {
        const { errors } = await login(gateway, person);
        const code = errors[0]?.extensions.code ?? 'signed in';
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    });
    await sleep(500);
    await postgres.stop('SIGQUIT');
    await sleep(2000);
    await postgres.start();
    await until('sign-ins to go on', async () => (await readiness(gateway)).status === 200, RECOVERY);
    await sleep(1500);
    over = true;
    await Promise.all(loops);
    console.log(`Postgres gone under load: ${JSON.stringify(Object.fromEntries(codes))}`);
    for (const code of codes.keys()) expect(['signed in', 'SERVICE_UNAVAILABLE']).toContain(code);
    session = await signIn(gateway, account);
    await expectRecovery();
  });

  it('away when SIGTERM comes: the gateway ends in time, with status 0', { timeout: 60_000 }, async () => {
    const own = await start({ database: postgres.url, redis: gateway.redis ?? '' });
    await postgres.stop('SIGQUIT');
    const [status, took] = await timed(own.stop());
    expect(took).toBeLessThan(12_000);
    expect(status).toBe(0);
    await postgres.start();
    session = await signIn(gateway, account).catch(async () => {
      await until('recovery', async () => (await readiness(gateway)).status === 200, RECOVERY);
      return signIn(gateway, account);
    });
  });
});

describeOnRedis('Redis', ({ start }) => {
  let redis: RedisServer;
  let nodes: [Gateway, Gateway];
  let account: Account;

  beforeAll(async () => {
    redis = await startRedis(await freshFolder());
    const first = await start({ redis: redis.url });
    nodes = [first, await startGateway({ peer: first })];
    account = await registerAndVerify(first);
  });
  afterEach(async () => {
    process.kill(redis.pid, 'SIGCONT');
  });
  afterAll(() => redis?.stop('SIGKILL'));

  const seenByBoth = async () => {
    const session = await signIn(nodes[0], account);
    for (const node of [...nodes, ...nodes]) expectData(await me(node, session));
    return session;
  };
  const expectOver = async (node: Gateway, session: Session, milliseconds: number) => {
    const started = performance.now();
    await until(
      'the other node to know',
      async () => (await me(node, session)).errors[0]?.extensions.reason === 'SESSION_REVOKED',
      milliseconds,
      20,
    );
    return Math.round(performance.now() - started);
  };
  /** From a second after its end on, every node refuses it. */
  const expectDead = async (session: Session) => {
    for (const node of nodes) {
      await expectOver(node, session, 1000);
      expect(expectCode(await me(node, session), 'UNAUTHENTICATED').reason).toBe('SESSION_REVOKED');
      expectCode(await refresh(node, session), 'TOKEN_INVALID');
    }
  };
  const degraded = (node: Gateway) =>
    until('Redis to be missed', async () => {
      const { status, body } = await readiness(node);
      expect(status).toBe(200);
      return body.status === 'degraded';
    });
  const well = (node: Gateway) =>
    until('Redis to be back', async () => (await readiness(node)).body.status === 'ok', RECOVERY);

  const goAway: Record<string, { away: () => Promise<void>; back: () => Promise<void> }> = {
    killed: { away: () => redis.stop('SIGKILL'), back: () => redis.start() },
    frozen: {
      away: async () => void process.kill(redis.pid, 'SIGSTOP'),
      back: async () => void process.kill(redis.pid, 'SIGCONT'),
    },
  };
  for (const [how, { away, back }] of Object.entries(goAway)) {
    it(`${how}: requests go on, a logout takes hold everywhere, and nothing comes back`, {
      timeout: 120_000,
    }, async () => {
      const [before, during, kept] = [await seenByBoth(), await seenByBoth(), await seenByBoth()];
      expectData(await logout(nodes[0], before));
      await away();

      // From the first moment on.
      const slow: number[] = [];
      for (const node of nodes) {
        const [result, took] = await timed(me(node, kept));
        expectData(result);
        slow.push(took);
        const [again, more] = await timed(refresh(node, kept));
        Object.assign(kept, { refreshToken: expectData(again).refreshToken.refreshToken });
        slow.push(more);
        const [signedIn, most] = await timed(signIn(node, account));
        expectData(await me(node, signedIn));
        slow.push(most);
      }
      expect(Math.max(...slow)).toBeLessThan(3000);
      expectData(await logout(nodes[0], during));
      const took = await expectOver(nodes[1], during, 2000);
      for (const node of nodes) await degraded(node);
      for (const session of [before, during]) await expectDead(session);

      // What is revoked while it is away stays revoked when it is back, at every moment.
      const late = await signIn(nodes[1], account);
      expectData(await me(nodes[0], late));
      expectData(await logout(nodes[1], late));
      await expectDead(late);
      await back();
      const [since, comebacks] = [performance.now(), [] as string[]];
      while (performance.now() < since + 4000) {
        for (const [name, dead] of Object.entries({ before, during, late })) {
          for (const [index, node] of nodes.entries()) {
            const reason = (await me(node, dead)).errors[0]?.extensions.reason;
            const after = Math.round(performance.now() - since);
            if (reason !== 'SESSION_REVOKED') comebacks.push(`${name}, on node ${index}, after ${after} ms`);
          }
        }
      }
      expect(comebacks).toEqual([]);
      for (const node of nodes) await well(node);
      for (const dead of [before, during, late]) await expectDead(dead);
      for (const node of nodes) expectData(await me(node, kept));
      console.log(
        `Redis ${how}: slowest answer ${Math.round(Math.max(...slow))} ms, logout on the other node after ${took} ms`,
      );
    });
  }

  it('frozen between the read and the logout: no copy that was made before outlives it', {
    timeout: 120_000,
  }, async () => {
    for (let round = 0; round < 5; round += 1) {
      const session = await seenByBoth();
      process.kill(redis.pid, 'SIGSTOP');
      const out = logout(nodes[0], session);
      await sleep(round * 150);
      process.kill(redis.pid, 'SIGCONT');
      expectData(await out);
      await expectOver(nodes[1], session, 2000);
      await sleep(600);
      await expectDead(session);
      for (const node of nodes) await well(node);
    }
  });

  it('frozen, and the node that ended a session killed: the session stays over', {
    timeout: 60_000,
  }, async () => {
    const [gone, left] = [await startGateway({ peer: nodes[0] }), nodes[1]];
    const session = await seenByBoth();
    expectData(await me(gone, session));
    process.kill(redis.pid, 'SIGSTOP');
    await degraded(gone);
    expectData(await logout(gone, session));
    await gone.kill();
    await expectOver(left, session, 2000);
    process.kill(redis.pid, 'SIGCONT');
    const [since, comebacks] = [performance.now(), [] as number[]];
    while (performance.now() < since + 4000) {
      const reason = (await me(left, session)).errors[0]?.extensions.reason;
      if (reason !== 'SESSION_REVOKED') comebacks.push(Math.round(performance.now() - since));
      await sleep(20);
    }
    expect(
      comebacks,
      `it was back for ${comebacks.length} answers, the last after ${comebacks.at(-1)} ms`,
    ).toEqual([]);
  });
});

describeOnRedis('a node that is cut off from Redis while another is not', ({ start }) => {
  let redis: RedisServer;
  let line: TcpProxy;

  beforeAll(async () => {
    redis = await startRedis(await freshFolder());
    line = await startProxy(Number(new URL(redis.url).port));
  });
  afterAll(async () => {
    line?.close();
    await redis?.stop('SIGKILL');
  });

  it('ends a session on the other within a second or two all the same', { timeout: 90_000 }, async () => {
    const connected = await start({ redis: redis.url });
    const cutOff = await startGateway({ peer: connected, redis: `redis://127.0.0.1:${line.port}` });
    const account = await registerAndVerify(connected);
    const session = await signIn(connected, account);
    for (const node of [connected, cutOff, connected, cutOff]) expectData(await me(node, session));
    line.cut();
    await until('the line to be missed', async () => (await readiness(cutOff)).body.status === 'degraded');
    expectData(await me(connected, session));
    expectData(await logout(cutOff, session));
    const started = performance.now();
    await until(
      'the session to be over on the other node',
      async () => (await me(connected, session)).errors[0]?.extensions.reason === 'SESSION_REVOKED',
      40_000,
      50,
    );
    const took = Math.round(performance.now() - started);
    console.log(`cut off from Redis: a logout took hold on the other node after ${took} ms`);
    expect(took).toBeLessThan(2000);
  });
});

describeOnPostgres('SIGTERM under load', ({ start }) => {
  for (const keepAlive of [true, false]) {
    it(`fails no request before its readiness has said 503 (${keepAlive ? 'connections that stay' : 'a connection each'}), and exits with 0`, {
      timeout: 90_000,
    }, async () => {
      for (let round = 0; round < 3; round += 1) {
        const gateway = await start();
        const accounts = await Promise.all(Array.from({ length: 8 }, () => registerAndVerify(gateway)));
        const sessions = await Promise.all(accounts.map((account) => signIn(gateway, account)));
        const failed: string[] = [];
        let answered = 0;
        let over = false;
        const loops = sessions.map(async (session, index) => {
          const agent = new Agent({ keepAlive, maxSockets: 1 });
          while (!over) {
            try {
              const options = keepAlive ? { agent } : {};
              const { errors } =
                index % 2
                  ? await login(gateway, accounts[index] as Account, {}, options)
                  : await gateway.client.run(MeDocument, {}, { ...options, token: session.accessToken });
              answered += 1;
              if (errors.length > 0) failed.push(JSON.stringify(errors[0]?.extensions));
            } catch (error) {
              failed.push(`${(error as NodeJS.ErrnoException).code} ${(error as Error).message}`);
              break;
            }
          }
          agent.destroy();
        });
        // As a load balancer does: from the first 503 on it sends no more requests.
        const balancer = (async () => {
          while (!over) {
            const { status } = await send(`${gateway.url}/readyz`);
            over = status === 503;
            await sleep(50);
          }
        })();
        await sleep(700);
        const [status, took] = await timed(gateway.stop());
        await Promise.all([balancer, ...loops]);
        expect(answered).toBeGreaterThan(8);
        expect(failed).toEqual([]);
        expect(status).toBe(0);
        expect(took).toBeLessThan(11_000);
      }
    });
  }

  it('a request that takes long is finished, and readiness says 503 meanwhile', {
    timeout: 60_000,
  }, async () => {
    const gateway = await start({ env: { BCRYPT_COST: '13' } });
    const account = await registerAndVerify(gateway);
    // A connection that is busy, for readiness cannot be asked for on a new one.
    const long = Promise.all(Array.from({ length: 4 }, () => login(gateway, account)));
    await sleep(150);
    const [status] = await Promise.all([gateway.stop(), long]);
    for (const result of await long) expectData(result);
    expect(status).toBe(0);
    expect(gateway.logs()).not.toMatch(/"level":(50|60)/);
  });
});

async function openToOthers(folder: string): Promise<string> {
  const { chmod } = await import('node:fs/promises');
  await chmod(folder, 0o711);
  return folder;
}
