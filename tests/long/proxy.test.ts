import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../support/accounts.js';
import { hasCaddy, startCaddy } from '../support/caddy.js';
import { type Gateway, secret, startGateway } from '../support/gateway.js';
import { send } from '../support/http.js';
import { yamlOf } from '../support/manifests.js';
import { counterOf } from '../support/metrics.js';
import { openFeed, SERVICE_TOKEN } from '../support/session-feed.js';
import { me } from '../support/sessions.js';
import { openSocket } from '../support/sockets.js';
import { sleep, until } from '../support/wait.js';

const REQUESTS = 'gatehouse_request_duration_seconds_count';
const METRICS_TOKEN = secret();

describe.skipIf(!hasCaddy)('two gateways behind the proxy of compose.yaml', () => {
  let gateways: [Gateway, Gateway];
  let proxy: Gateway;

  beforeAll(async () => {
    const { SHUTDOWN_NOTICE_SECONDS } = yamlOf('compose.yaml').services['gateway-1'].environment;
    const env = {
      SERVICE_TOKENS: SERVICE_TOKEN,
      METRICS_TOKEN,
      TRUST_PROXY: '127.0.0.1',
      SHUTDOWN_NOTICE_SECONDS: String(SHUTDOWN_NOTICE_SECONDS),
    };
    const first = await startGateway({ backend: 'postgres', env });
    gateways = [first, await startGateway({ peer: first })];
    proxy = await startCaddy(gateways);
  });

  it('hide the metrics, whatever token is sent', async () => {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    expect((await send(`${gateways[0].url}/metrics`, { headers })).status).toBe(200);
    expect((await send(`${proxy.url}/metrics`, { headers })).status).toBe(404);
  });

  it('record the address of the client, not one that it claims', async () => {
    const session = await signIn(
      proxy,
      await registerAndVerify(proxy),
      {},
      {
        headers: { 'x-forwarded-for': '203.0.113.9' },
      },
    );
    const query = '{ me { sessions { ipAddress } } }';
    const { data } = await proxy.client.runRaw(query, {}, { token: session.accessToken });
    expect(data).toEqual({ me: { sessions: [{ ipAddress: '127.0.0.1' }] } });
  });

  it('accept WebSocket connections', async () => {
    const session = await signIn(proxy, await registerAndVerify(proxy));
    const socket = await openSocket(proxy);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${session.accessToken}` } });
    await socket.message('connection_ack');
    socket.socket.close();
  });

  it('report ends of sessions at once, and learn that a reader has gone', async () => {
    const open = async () => {
      const counts = gateways.map((gateway) => counterOf(gateway, 'gatehouse_session_feed_streams'));
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    };
    const feed = await openFeed(proxy);
    await feed.beat(2000);
    expect(await open()).toBe(1);
    feed.close();
    await until('the gateway to close the stream', async () => (await open()) === 0, 5000);
  });

  it('keep a browser at one of them', async () => {
    const { cookies } = await send(`${proxy.url}/sign-in`);
    const [[name, { value }] = ['', { value: '' }]] = Object.entries(cookies);
    const counts = () => Promise.all(gateways.map((gateway) => counterOf(gateway, REQUESTS)));
    const before = await counts();
    for (let request = 0; request < 20; request += 1)
      await proxy.client.runRaw('{ __typename }', {}, { cookies: { [name]: value } });
    const grown = (await counts()).map((count, index) => count - (before[index] ?? 0));
    expect(grown.toSorted((a, b) => a - b)).toEqual([0, 20]);
  });

  it('lose no request while one of them stops', async () => {
    const session = await signIn(proxy, await registerAndVerify(proxy));
    const failures: unknown[] = [];
    let requests = 0;
    let isOver = false;
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        requests += 1;
        const { errors, status } = await me(proxy, session);
        if (status !== 200 || errors.length > 0) failures.push({ status, errors });
      }
    });
    await sleep(500);
    expect(await gateways[0].stop()).toBe(0);
    await sleep(500);
    isOver = true;
    await Promise.all(clients);
    expect(requests).toBeGreaterThan(50);
    expect(failures).toEqual([]);
  });
});
