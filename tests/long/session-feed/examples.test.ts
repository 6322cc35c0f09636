import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { stopAtEnd } from '../../support/at-end.js';
import { describeOnPostgresFirst } from '../../support/backends.js';
import { end, endWithUs } from '../../support/child.js';
import { expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { SERVICE_TOKEN } from '../../support/session-feed.js';
import { logout } from '../../support/sessions.js';
import { untilOutcome, verifierOf } from '../../support/verifier.js';
import { freePort, until } from '../../support/wait.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** One of the examples in a process of its own; asks it with a token: the status and the body of the answer. */
async function startExample(name: string, gateway: Gateway) {
  const port = await freePort();
  const env = { PATH: process.env.PATH, ISSUER: gateway.url, SERVICE_TOKEN, PORT: String(port) };
  const child = spawn(process.execPath, [`examples/${name}`], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithUs(child);
  stopAtEnd(() => end(child, 'SIGTERM', 2000));
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await until(`${name} to listen`, () => printed.includes('listening'), 60_000);
  return async (token?: string) => {
    const authorization: Record<string, string> =
      token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { status, text } =
      name === 'fastify.mjs'
        ? await send(`http://127.0.0.1:${port}/me`, { headers: { ...authorization } })
        : await send(`http://127.0.0.1:${port}/${name === 'graphql-yoga.mjs' ? 'graphql' : ''}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...authorization },
            body: JSON.stringify({ query: '{ userId }' }),
          });
    return { status, text };
  };
}

describeOnPostgresFirst('services with gatehouse/verifier', ({ start }) => {
  it('accept a token until its session ends, in each of the examples', async () => {
    const gateway = await start({ env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    const account = await registerAndVerify(gateway);
    for (const name of ['fastify.mjs', 'apollo-server.mjs', 'graphql-yoga.mjs']) {
      const session = await signIn(gateway, account);
      const ask = await startExample(name, gateway);
      const accepted = await ask(session.accessToken);
      expect(accepted.status, accepted.text).toBe(200);
      expect(accepted.text, name).toContain(session.user.id);
      expect((await ask()).status).toBe(name === 'fastify.mjs' ? 401 : 200);
      expect((await ask()).text).not.toContain(session.user.id);
      const forged = await ask(`${session.accessToken}x`);
      expect(forged.status, forged.text).toBe(401);
      expect(forged.text).toContain('TOKEN_INVALID');
      expectData(await logout(gateway, session));
      const refused = await until(
        `${name} to refuse`,
        async () => {
          const answer = await ask(session.accessToken);
          return answer.status === 401 && answer;
        },
        2000,
        10,
      );
      expect(refused.text).toContain('SESSION_REVOKED');
    }
  });

  it('find the gateway again after a restart, with the ends before it', async () => {
    const gateway = await start({ env: { SERVICE_TOKENS: SERVICE_TOKEN } });
    const account = await registerAndVerify(gateway);
    const [ended, live] = [await signIn(gateway, account), await signIn(gateway, account)];
    const verifier = verifierOf(gateway);
    await verifier.ready();
    await untilOutcome(verifier, ended, 'accepted');
    expectData(await logout(gateway, ended));
    await gateway.stop();
    await start({ peer: gateway, port: gateway.port });
    await untilOutcome(verifier, ended, 'SESSION_REVOKED');
    await untilOutcome(verifier, live, 'accepted');
    const late = verifierOf(gateway);
    await late.ready();
    await untilOutcome(late, ended, 'SESSION_REVOKED', 1);
    await untilOutcome(late, live, 'accepted', 1);
  });
});
