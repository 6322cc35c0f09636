import 'reflect-metadata';
import { once } from 'node:events';
import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { type Config, misspeltNames } from '../config.js';
import type { Gateway } from '../gateway.js';
import { isDriverFault } from '../platform/driver-faults.js';
import { StartupError } from '../platform/error.js';
import { checkAddress, explainListenFaults } from '../platform/listen.js';
import { createLog, type Log, terminalStream } from '../platform/log.js';
import { connectDatabase } from '../platform/startup.js';
import { readConfig } from './environment.js';

/** A stop waits this long for running requests and jobs. */
const DRAIN_MS = 10_000;
/** A startup must reach a step at which it can be aborted within this time. */
const ABORT_MS = 30_000;
/** npm forwards Ctrl-C to a process that the terminal has already sent it to. This is not a second Ctrl-C. */
const SAME_SIGNAL_MS = 500;

/**
 * Serves until SIGTERM or SIGINT.
 * @returns the exit status
 * @throws StartupError
 */
export async function serve(): Promise<number> {
  const startedAt = performance.now();
  const config = readConfig();
  const log = createLog(config.logLevel, await terminalStream());
  for (const line of misspeltNames(process.env)) log.warn(line);
  // pg-boss does not await all of its promises. One that rejects must not end the process.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled promise rejection'));
  process.on('uncaughtException', (error) => {
    if (isDriverFault(error)) {
      log.warn({ err: error }, 'a database connection was lost during its handshake');
      return;
    }
    log.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });
  const stop = stopSignal(log);
  try {
    const gateway = await start(config, log, stop);
    announce(config, log, performance.now() - startedAt);
    if (!stop.aborted) await once(stop, 'abort');
    await gateway.close(DRAIN_MS);
  } catch (error) {
    if (stop.aborted) return 0;
    if (error instanceof StartupError) throw error;
    log.fatal({ err: error }, 'the gateway could not start');
    return 1;
  }
  return 0;
}

/** Aborted by the first SIGTERM or SIGINT. A second SIGINT ends the process at once. */
function stopSignal(log: Log): AbortSignal {
  const controller = new AbortController();
  let stoppedAt = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) {
        stoppedAt = performance.now();
        log.info({ signal }, 'stopping');
        controller.abort();
      } else if (signal === 'SIGINT' && performance.now() - stoppedAt > SAME_SIGNAL_MS) {
        process.exit(130);
      }
    });
  }
  return controller.signal;
}

async function start(config: Config, log: Log, stop: AbortSignal): Promise<Gateway> {
  const giveUp = () =>
    setTimeout(() => {
      log.error('the start could not be stopped in time');
      process.exit(1);
    }, ABORT_MS);
  stop.addEventListener('abort', giveUp);
  const address = { host: config.host, port: config.port };
  // Loading the gateway's modules takes a second, so the address and the database are checked before.
  await checkAddress(address);
  const { database } = config;
  if (!database.url.startsWith('pglite:'))
    await (await connectDatabase({ ...database, poolSize: 1 }, log)).close();
  const { assemble } = await import('../gateway.js');
  const gateway = await assemble(config, log);
  const http = await gateway.start(stop);
  try {
    await explainListenFaults(address, () => http.listen(address));
  } catch (error) {
    await gateway.close(1000);
    throw error;
  }
  stop.removeEventListener('abort', giveUp);
  return gateway;
}

function announce(config: Config, log: Log, milliseconds: number): void {
  if (!config.rateLimitEnabled) log.warn('RATE_LIMIT_ENABLED is false: rate limits are off');
  const { database, mail } = config;
  const [driver, folder] = database.url.split(':', 2);
  const origin = `http://${browserHost(config.host)}:${config.port}`;
  log.info(
    {
      url: `${origin}/graphql`,
      ...(config.pages.length > 0 && { pages: `${origin}/` }),
      database: driver === 'pglite' && folder !== 'memory' ? resolve(folder ?? '') : driver,
      store: config.redisUrls.length > 0 ? 'redis' : 'in-process',
      mail: mail.transport.kind === 'file' ? resolve(mail.transport.folder) : mail.transport.kind,
      ...(config.production ? {} : { secrets: resolve(config.dataFolder, 'secrets') }),
      milliseconds: Math.round(milliseconds),
    },
    'the gateway is ready',
  );
}

/**
 * The host to open in a browser: `localhost` for a loopback address. Front ends run on `localhost`, and for a browser
 * `127.0.0.1` is another site, to which it does not send cookies from there.
 */
function browserHost(host: string): string {
  if (!ipaddr.isValid(host)) return host;
  const address = ipaddr.process(host);
  if (address.range() === 'loopback' || address.range() === 'unspecified') return 'localhost';
  return address.kind() === 'ipv6' ? `[${host}]` : host;
}
