import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Account,
  login,
  register,
  registerAndVerify,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData, type Result } from '../../support/client.js';
import { freshFolder, type Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { tokenIn } from '../../support/mailbox.js';
import { freezable, type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { requestReset, verifyBy } from '../../support/recovery.js';
import { logout, me, readiness, refresh, type Session, timed } from '../../support/sessions.js';
import { sleep, until } from '../../support/wait.js';

/** The statement timeout plus the rest of an answer, but less than two timeouts (ms). */
const BOUND_MS = 5000 + 4000;
/** How long after the return of Postgres everything must work again (ms). */
const RECOVERY_MS = 30_000;

describeOnPostgres('a gateway during a Postgres outage', ({ start }) => {
  let postgres: PostgresServer;
  let gateway: Gateway;
  let account: Account;
  let session: Session;

  beforeAll(async () => {
    // The folder must be accessible to other users: Postgres does not run as root.
    const folder = await freshFolder();
    await chmod(folder, 0o711);
    postgres = await startPostgres(folder);
    gateway = await start({ database: postgres.url });
    account = await registerAndVerify(gateway);
    session = await signIn(gateway, account);
  });
  afterAll(async () => {
    await gateway?.stop('SIGKILL');
    await postgres?.stop('SIGQUIT');
  });

  /** Every operation that needs the database answers SERVICE_UNAVAILABLE in time, without a token. */
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
      expect(milliseconds, name).toBeLessThan(BOUND_MS);
      expect(JSON.stringify(result.data), name).not.toMatch(/accessToken|ghr|eyJ/);
      expect(result.cookies, name).toEqual({});
    }
    const [{ status, body }, took] = await timed(readiness(gateway));
    expect(status).toBe(503);
    expect(took).toBeLessThan(BOUND_MS);
    expect(JSON.stringify(body)).not.toMatch(/postgres:\/\/|password/);
    expect((await send(`${gateway.url}/healthz`)).status).toBe(200);
    return Math.round(Math.max(...answers.map(([, , milliseconds]) => milliseconds)));
  };

  /** The gateway becomes ready, keeps the session, and accepts sign-ins and registrations. */
  const expectRecovery = async () => {
    const started = performance.now();
    await until(
      'the gateway to be ready',
      async () => (await readiness(gateway)).status === 200,
      RECOVERY_MS,
    );
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

  it('answers SERVICE_UNAVAILABLE in time and without a token while Postgres is stopped, and recovers without a restart', async () => {
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

  it('answers SERVICE_UNAVAILABLE within the statement timeout while Postgres is frozen, under many requests, and recovers', async () => {
    const freeze = freezable(postgres.pid);
    freeze('SIGSTOP');
    let slowest = 0;
    try {
      const unavailable = expectUnavailable();
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          timed<Result<unknown>>(index % 2 ? login(gateway, account) : refresh(gateway, session)),
        ),
      );
      for (const [result] of answers) expectCode(result, 'SERVICE_UNAVAILABLE');
      slowest = Math.round(Math.max(await unavailable, ...answers.map(([, milliseconds]) => milliseconds)));
      expect(slowest).toBeLessThan(BOUND_MS);
    } finally {
      freeze('SIGCONT');
    }
    await until(
      'the gateway to be ready',
      async () => (await readiness(gateway)).status === 200,
      RECOVERY_MS,
    );
    // Interrupted checks of the right password do not count as failures: nothing is locked.
    const [, took] = await timed(signIn(gateway, account));
    expect(took).toBeLessThan(5000);
    // A refused operation may still have taken effect, but its result is lost.
    session = await signIn(gateway, account);
    const back = await expectRecovery();
    console.log(`Postgres frozen: slowest answer ${slowest} ms, ready again after ${back} ms`);
  });

  it('answers a result or SERVICE_UNAVAILABLE, and nothing else, if Postgres stops under load', async () => {
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
    await sleep(1500);
    await postgres.start();
    await until(
      'the gateway to be ready',
      async () => (await readiness(gateway)).status === 200,
      RECOVERY_MS,
    );
    await sleep(1000);
    over = true;
    await Promise.all(loops);
    console.log(`Postgres gone under load: ${JSON.stringify(Object.fromEntries(codes))}`);
    for (const code of codes.keys()) expect(['signed in', 'SERVICE_UNAVAILABLE']).toContain(code);
    session = await signIn(gateway, account);
    await expectRecovery();
  });

  it('stops in time with status 0 on SIGTERM while Postgres is unavailable', async () => {
    const own = await start({ database: postgres.url, redis: gateway.redis ?? '' });
    await postgres.stop('SIGQUIT');
    const [status, took] = await timed(own.stop());
    expect(status).toBe(0);
    expect(took).toBeLessThan(13_000);
    await postgres.start();
    session = await signIn(gateway, account).catch(async () => {
      await until(
        'the gateway to be ready',
        async () => (await readiness(gateway)).status === 200,
        RECOVERY_MS,
      );
      return signIn(gateway, account);
    });
  });
});
