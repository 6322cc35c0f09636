import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { hash, verify } from '@node-rs/bcrypt';
import { expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../support/accounts.js';
import { end, endWithUs } from '../support/child.js';
import { startGateway } from '../support/gateway.js';
import { freePort, until } from '../support/wait.js';
import { pin, report, sideBySide, throughput } from './measure.js';

const ME = { query: '{ me { id username email role } }' };

/** Apollo Server on Fastify without the gateway, on the same core. */
async function startBareApollo() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const script = fileURLToPath(new URL('bare-apollo.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, String(port)], { stdio: 'inherit' });
  endWithUs(child);
  await until('bare Apollo to answer', () =>
    throughput(url, ME, {}, { seconds: 1 }).then(Boolean, () => false),
  );
  pin(child.pid as number);
  return { url, stop: () => end(child, 'SIGTERM', 1000) };
}

it('measures me with a token, on Postgres and Redis, against bare Apollo', async () => {
  const gateway = await startGateway({ backend: 'postgres', env: { LOG_LEVEL: 'warn' } });
  const { accessToken } = await signIn(gateway, await registerAndVerify(gateway));
  const bare = await startBareApollo();
  pin(gateway.pid);
  const ours = () => throughput(gateway.url, ME, { authorization: `Bearer ${accessToken}` });
  const theirs = () => throughput(bare.url, ME, {});
  await ours();
  await theirs();
  const figures = await sideBySide(5, ours, theirs);
  await bare.stop();
  report('me', 0.6, figures);
  expect(figures.ratio).toBeGreaterThan(0);
});

it('measures sign-ins against raw verify at the same cost', async () => {
  const cost = 12;
  const gateway = await startGateway({
    backend: 'postgres',
    env: { LOG_LEVEL: 'warn', BCRYPT_COST: String(cost) },
  });
  const account = await registerAndVerify(gateway);
  const login = {
    query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
    variables: { input: { identifier: account.username, password: account.password } },
  };
  const password = randomBytes(48).toString('base64');
  const stored = await hash(password, { cost });
  const figures = await sideBySide(
    3,
    () => throughput(gateway.url, login, {}, { seconds: 10, connections: 8 }),
    () => verificationsPerSecond(10, () => verify(password, stored)),
  );
  report('login', 0.9, figures);
  expect(figures.ratio).toBeGreaterThan(0);
});

/** As many concurrent verifications as sign-ins, in this process. */
async function verificationsPerSecond(seconds: number, check: () => Promise<boolean>): Promise<number> {
  const until = performance.now() + seconds * 1000;
  let count = 0;
  const worker = async () => {
    while (performance.now() < until) {
      await check();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return count / seconds;
}
