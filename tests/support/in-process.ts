import 'reflect-metadata';
import { resolve } from 'node:path';
import { type Config, parseConfig } from '../../src/config.js';
import { assemble } from '../../src/gateway.js';
import { Renderer } from '../../src/mail/index.js';
import { createLog } from '../../src/platform/log.js';
import { developmentSecret } from '../../src/platform/secrets.js';
import { stopAtEnd } from './at-end.js';
import { suitesWith } from './backends.js';
import { createClient } from './client.js';
import { MovableClock } from './clock.js';
import { type Gateway, type GatewayOptions, type Settings, settle } from './gateway.js';
import { nextPort, serveHere, stopHere } from './served-here.js';
import { freePort } from './wait.js';

/** The lowest cost of bcrypt: most tests do not depend on the time of a hash. */
const BCRYPT_COST = 4;
const CLOSE_MS = 5000;

/** A renderer takes half a second to load the templates, so all gateways of the process share one. */
class SharedRenderer extends Renderer {
  override async close(): Promise<void> {}
}

const renderer = new SharedRenderer();

/**
 * Starts the built gateway in the test's process: requests are injected, and `gateway.clock` can be moved. Tests that
 * need a socket, a process or a second event loop use `startGateway` of `gateway.ts`.
 */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const port = options.port ?? (options.listen ? await freePort() : nextPort());
  const settings = await settle(options, port, {});
  const clock = new MovableClock();
  let logged = '';
  const write = (line: string) => {
    logged += line;
  };
  const config = configOf(settings);
  const running = await assemble(config, createLog(config.logLevel, { write }), clock, renderer);
  const http = await running.start();
  if (options.listen) await http.listen({ host: '127.0.0.1', port });
  serveHere(settings.url, http);

  let stopping: Promise<number> | undefined;
  const stop = async () => {
    stopHere(settings.url);
    await running.close(CLOSE_MS);
    return 0;
  };
  const gateway: Gateway = {
    ...settings,
    pid: process.pid,
    clock,
    client: createClient(settings.url),
    logs: () => logged,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    kill: () => Promise.reject(new Error('A gateway in the process of the test cannot be killed')),
  };
  stopAtEnd(gateway.stop);
  return gateway;
}

/**
 * The configuration of the environment, with paths relative to the gateway's folder instead of the working directory.
 */
function configOf({ env, dataDir }: Settings): Config {
  const config = parseConfig(env, (name) => developmentSecret(resolve(dataDir, '.data/secrets'), name));
  const { database, mail, passwords } = config;
  const { transport } = mail;
  const [driver, folder = ''] = database.url.split(':', 2);
  const isFolder = driver === 'pglite' && folder !== 'memory';
  return {
    ...config,
    database: { ...database, url: isFolder ? `pglite:${resolve(dataDir, folder)}` : database.url },
    mail: {
      ...mail,
      transport:
        transport.kind === 'file' ? { ...transport, folder: resolve(dataDir, transport.folder) } : transport,
    },
    passwords: { ...passwords, ...(env.BCRYPT_COST === undefined && { bcryptCost: BCRYPT_COST }) },
  };
}

/** Suites whose gateways run in the test's process. */
export const { describeOnBackends, describeOnPostgres, describeOnPostgresFirst, describeOnRedis } =
  suitesWith(startGateway);
