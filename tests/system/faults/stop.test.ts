import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { freshFolder, type Gateway, runGateway, startGateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { freePort, sleep, until } from '../../support/wait.js';

const readiness = async (gateway: Gateway) => (await send(`${gateway.url}/readyz`)).status;

describeOnPostgres(
  'SIGTERM',
  ({ start }) => {
    it('ends a start with status 0 at any moment, and the next start succeeds', async () => {
      const dataDir = await freshFolder();
      const env = { PORT: String(await freePort()), SHUTDOWN_NOTICE_SECONDS: '0' };
      for (const signalAfterMs of [300, 900, 1500, 2500, 4000]) {
        const run = await runGateway(env, { dataDir, signal: 'SIGTERM', signalAfterMs });
        // A process cannot handle a signal before its first line of code.
        const isEarly = run.status === null && run.printed === '';
        if (!isEarly) expect(run.status, `${signalAfterMs} ms: ${run.printed}`).toBe(0);
        expect(run.printed).not.toMatch(/"level":[56]0/);
        expect(run.tookMs - signalAfterMs).toBeLessThan(35_000);
      }
      const gateway = await startGateway({ dataDir });
      await signIn(gateway, await registerAndVerify(gateway));
      expect(await gateway.stop()).toBe(0);
    });

    it('is announced for SHUTDOWN_NOTICE_SECONDS, while requests are still served', async () => {
      const gateway = await start({ env: { SHUTDOWN_NOTICE_SECONDS: '4' } });
      expect(await readiness(gateway)).toBe(200);
      const stoppedAt = performance.now();
      const status = gateway.stop();
      await until('readiness to answer 503', async () => (await readiness(gateway)) === 503, 5000, 20);
      while (performance.now() - stoppedAt < 2500) {
        expect((await send(`${gateway.url}/healthz`)).status).toBe(200);
        expect((await gateway.client.runRaw('{ __typename }')).errors).toEqual([]);
        await sleep(100);
      }
      expect(await status).toBe(0);
      expect(performance.now() - stoppedAt).toBeGreaterThan(3900);
    });

    it('closes a request that does not end within ten seconds, and exits with 0', async () => {
      const gateway = await start();
      const socket = connect(gateway.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.on('error', () => {});
      socket.write(
        'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{',
      );
      await sleep(200);
      const stoppedAt = performance.now();
      expect(await gateway.stop()).toBe(0);
      const tookMs = performance.now() - stoppedAt;
      expect(tookMs).toBeGreaterThan(8000);
      expect(tookMs).toBeLessThan(15_000);
      socket.destroy();
    });
  },
  { concurrent: true },
);

describeOnPostgres(
  'SIGINT',
  ({ start }) => {
    it('ends the process at once if sent again after a second, but not if repeated at once, as npm does', async () => {
      const gateway = await start({ env: { SHUTDOWN_NOTICE_SECONDS: '20' } });
      process.kill(gateway.pid, 'SIGINT');
      await sleep(100);
      process.kill(gateway.pid, 'SIGINT');
      await until('readiness to answer 503', async () => (await readiness(gateway)) === 503);
      // Later than the interval in which signals count as one Ctrl-C.
      await sleep(1000);
      const stoppedAt = performance.now();
      expect(await gateway.stop('SIGINT')).toBe(130);
      // Far less than the notice.
      expect(performance.now() - stoppedAt).toBeLessThan(5000);
      const again = await startGateway({ peer: gateway, env: { SHUTDOWN_NOTICE_SECONDS: '0' } });
      expect(await again.stop('SIGINT')).toBe(0);
    });
  },
  { concurrent: true },
);
