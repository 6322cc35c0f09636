import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { stopAtEnd } from './at-end.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import type { Backend, Gateway } from './gateway.js';
import { startGateway } from './in-process.js';

const client = fileURLToPath(new URL('../../dist/client/index.js', import.meta.url));

export interface FrontEnd {
  /** In the process of the test, so its clock can be moved. The first of the nodes. */
  readonly gateway: Gateway;
  /** Two nodes on Postgres, one on PGlite. The proxy gives them the requests in turns. */
  readonly nodes: readonly Gateway[];
  readonly proxy: FaultProxy;
  /** The origin of the pages. */
  readonly origin: string;
}

type Settings = Record<string, string>;

/**
 * Nodes of a gateway behind a proxy, and a server of pages whose origin they allow. Stopped at the end of the file.
 * @param env settings, which may depend on the origin of the pages
 * @param port of the first node
 */
export async function startFrontEnd(
  env: Settings | ((origin: string) => Settings) = {},
  backend: Backend = 'pglite',
  port?: number,
): Promise<FrontEnd> {
  const bundle = await bundleClient();
  const server = createServer(({ url }, response) => {
    const [type, body] = url === '/client.js' ? ['text/javascript', bundle] : ['text/html', PAGE];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const given = typeof env === 'function' ? env(origin) : env;
  const options = { listen: true, env: { CORS_ORIGINS: origin, ...given } };
  const gateway = await startGateway({ ...options, backend, ...(port !== undefined && { port }) });
  const nodes =
    backend === 'pglite' ? [gateway] : [gateway, await startGateway({ ...options, peer: gateway })];
  const proxy = await startFaultProxy(...nodes.map((node) => node.port));
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
    await proxy.close();
  });
  return { gateway, nodes, proxy, origin };
}

const PAGE = '<!doctype html><title>Test</title><script src="/client.js"></script>';

async function bundleClient(): Promise<string> {
  const result = await build({
    stdin: {
      contents: `import * as client from ${JSON.stringify(client)}; Object.assign(window, client);`,
      resolveDir: '.',
    },
    bundle: true,
    format: 'iife',
    write: false,
  });
  return result.outputFiles[0]?.text ?? '';
}

/**
 * Runs before each page: clocks that a test can move, and the number of WebSockets that the page has opened.
 * - `aheadMs` moves performance.now() and Date.
 * - `asleepMs` moves Date only, as a sleep of the device does.
 */
const INSTRUMENTS = `
  window.aheadMs = 0;
  window.asleepMs = 0;
  const now = performance.now.bind(performance);
  const date = Date.now.bind(Date);
  performance.now = () => now() + window.aheadMs;
  Date.now = () => date() + window.aheadMs + window.asleepMs;
  window.socketsOpened = 0;
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      window.socketsOpened += 1;
    }
  };
`;

/** A tab with a client, as \`window.client\`. Its states are in \`window.states\`. */
export async function openTab(
  context: BrowserContext,
  frontEnd: FrontEnd,
  options: object = {},
  path = '/',
): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(INSTRUMENTS);
  await page.goto(`${frontEnd.origin}${path}`);
  await createClient(page, frontEnd, options);
  return page;
}

/** For a tab that has been opened before, after it has loaded another page. */
export async function createClient(page: Page, { proxy }: FrontEnd, options: object = {}): Promise<void> {
  await page.evaluate(`
    window.client = createAuthClient(${JSON.stringify({ url: proxy.url, ...options })});
    window.states = [];
    client.subscribe((state) => states.push(state));
    window.me = () => client.fetch('${proxy.url}', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ me { username } }' }),
    }).then((response) => response.json());
    undefined;
  `);
}

/** Evaluates an expression; an AuthError is answered as its code and retryAfter. */
export const run = <T>(page: Page, expression: string): Promise<T> =>
  page.evaluate(`(async () => (${expression}))().catch((error) => {
    if (!(error instanceof AuthError)) throw error;
    return { code: error.code, retryAfter: error.retryAfter };
  })`);

export const stateOf = (page: Page) =>
  run<{ status: string; reason?: string; user?: { username: string } }>(page, 'client.state');
