import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, ConfigurationError, parseConfig } from './config.js';
import { createGateway, type Gateway } from './gateway.js';
import { createLog, type Log } from './platform/log.js';
import { developmentSecret } from './platform/secrets.js';

/** How long SIGTERM waits for what runs, in milliseconds. */
const DRAIN = 10_000;

if (existsSync('.env')) process.loadEnvFile('.env');
const config = readConfig();
const log = createLog(config.logLevel);
// The job queue leaves promises behind that nobody awaits: one that fails must not end everybody's requests.
process.on('unhandledRejection', (error) =>
  log.error({ err: error }, 'a promise failed that nobody awaited'),
);
const startedAt = performance.now();
try {
  const gateway = await createGateway(config, log);
  await gateway.http.listen({ host: config.host, port: config.port });
  announce(config, log, performance.now() - startedAt);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(gateway, log));
} catch (error) {
  if (error instanceof ConfigurationError) refuseToStart(error);
  log.fatal({ err: error }, 'the gateway could not start');
  process.exit(1);
}

function readConfig(): Config {
  try {
    return parseConfig(process.env, (name) => developmentSecret('.data/secrets', name));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return refuseToStart(error);
  }
}

function refuseToStart({ faults }: ConfigurationError): never {
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exit(1);
}

function announce(config: Config, log: Log, milliseconds: number): void {
  if (!config.rateLimitEnabled) log.warn('rate limits are off: for benchmarks only');
  log.info(
    {
      url: `http://${config.host}:${config.port}/graphql`,
      database: config.database.url.split(':')[0],
      store: config.redisUrls.length > 0 ? 'redis' : 'in-process',
      mail:
        config.mail.transport.kind === 'file'
          ? resolve(config.mail.transport.folder)
          : config.mail.transport.kind,
      ...(config.production ? {} : { data: resolve(config.dataFolder) }),
      milliseconds: Math.round(milliseconds),
    },
    'gatehouse serves',
  );
}

async function stop(gateway: Gateway, log: Log): Promise<void> {
  log.info('stopping');
  const hurry = setTimeout(() => {
    log.error('what ran did not finish in time');
    process.exit(1);
  }, DRAIN + 2000);
  hurry.unref();
  await gateway.close(DRAIN);
  process.exit(0);
}
