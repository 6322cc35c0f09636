import { Agent } from 'node:http';
import { expect, it } from 'vitest';
import { MeDocument } from '../../generated/graphql.js';
import { login, registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { type Gateway, startGateway } from '../../support/gateway.js';
import { readiness, timed } from '../../support/sessions.js';
import { sleep, until } from '../../support/wait.js';

const CLIENTS = 8;
/** Long enough for the balancer to notice, also on a busy machine. */
const NOTICE = { SHUTDOWN_NOTICE_SECONDS: '2' };

describeOnPostgres(
  'SIGTERM under load',
  ({ start }) => {
    for (const keepAlive of [true, false]) {
      it(`fails no request before readiness answers 503 (${keepAlive ? 'keep-alive' : 'a connection per request'}), and exits with 0`, async () => {
        let gateway: Gateway = await start({ env: NOTICE });
        const accounts = await Promise.all(Array.from({ length: CLIENTS }, () => registerAndVerify(gateway)));
        for (let round = 0; round < 3; round += 1) {
          if (round > 0) gateway = await startGateway({ peer: gateway });
          const node = gateway;
          const sessions = await Promise.all(accounts.map((account) => signIn(node, account)));
          const failed: string[] = [];
          let answered = 0;
          let isOver = false;
          const loops = sessions.map(async (session, index) => {
            const agent = new Agent({ keepAlive, maxSockets: 1 });
            const account = accounts[index];
            while (!isOver) {
              try {
                const options = keepAlive ? { agent } : {};
                const { errors } =
                  account && index % 2
                    ? await login(node, account, {}, options)
                    : await node.client.run(MeDocument, {}, { ...options, token: session.accessToken });
                answered += 1;
                if (errors.length > 0) failed.push(JSON.stringify(errors[0]?.extensions));
              } catch (error) {
                failed.push(`${(error as NodeJS.ErrnoException).code} ${(error as Error).message}`);
                break;
              }
            }
            agent.destroy();
          });
          // Like a load balancer: it sends no more requests after the first 503.
          const balancer = (async () => {
            while (!isOver) {
              isOver = (await readiness(node)).status === 503;
              await sleep(50);
            }
          })();
          await until('requests to be answered', () => answered > 3 * CLIENTS);
          const [status, took] = await timed(node.stop());
          await Promise.all([balancer, ...loops]);
          expect(failed).toEqual([]);
          expect(status).toBe(0);
          expect(took).toBeLessThan(12_000);
        }
      });
    }

    it('finishes a request that takes long', async () => {
      const gateway = await start({ env: { ...NOTICE, BCRYPT_COST: '13' } });
      const account = await registerAndVerify(gateway);
      // Readiness cannot be polled here: new connections are refused.
      const long = Promise.all(Array.from({ length: 4 }, () => login(gateway, account)));
      await sleep(150);
      const [status] = await Promise.all([gateway.stop(), long]);
      for (const result of await long) expectData(result);
      expect(status).toBe(0);
      expect(gateway.logs()).not.toMatch(/"level":(50|60)/);
    });
  },
  { concurrent: true },
);
