import { AuditChain } from './audit/index.js';
import type { Config } from './config.js';
import {
  createTransport,
  FloodGuard,
  type MailTransport,
  mailMetrics,
  Outbox,
  Renderer,
  senderOf,
} from './mail/index.js';
import type { Clock } from './platform/clock.js';
import { createDatabase } from './platform/create-database.js';
import type { DatabaseHandle } from './platform/database-handle.js';
import { Jobs } from './platform/jobs.js';
import { Keyring } from './platform/keyring.js';
import type { Lifecycle } from './platform/lifecycle.js';
import { type Log, withTraceId } from './platform/log.js';
import { Metrics } from './platform/metrics.js';
import { migrate, openDatabase } from './platform/startup.js';
import { noTracer, type Tracer } from './platform/tracer.js';
import type { WindowCounter } from './platform/window-counter.js';
import { MemoryWindowCounter } from './platform/window-counter.memory.js';

/** The services that features depend on. None of them connects before the gateway starts. */
export interface Infrastructure {
  readonly database: DatabaseHandle;
  readonly counter: WindowCounter;
  readonly jobs: Jobs;
  readonly transport: MailTransport;
  readonly renderer: Renderer;
  readonly outbox: Outbox;
  readonly floodGuard: FloodGuard;
  readonly auditChain: AuditChain;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly log: Log;
  readonly clock: Clock;
  /** Sends the queued telemetry, then stops. */
  closeTelemetry(timeoutMs: number): Promise<void>;
}

export async function createInfrastructure(
  config: Config,
  givenLog: Log,
  clock: Clock,
  renderer = new Renderer(),
): Promise<Infrastructure> {
  const metrics = new Metrics();
  const { tracer, close: closeTelemetry } = await createTelemetry(config, metrics, givenLog);
  const log = withTraceId(givenLog, tracer);
  const database = await createDatabase(config.database, log, { metrics, tracer });
  const counter = await createCounter(config.redisUrls, clock, log, tracer);
  const jobs = new Jobs(database, log, tracer);
  const transport = await createTransport(config.mail.transport);
  const outbox = new Outbox({
    jobs,
    renderer,
    transport,
    cipher: new Keyring(config.secrets.encryption, 'mails'),
    from: senderOf(config.mail.from, config.brand.name),
    brand: config.brand,
    metrics: mailMetrics(metrics),
    tracer,
    log,
  });
  const floodGuard = new FloodGuard(counter);
  const auditChain = new AuditChain(database.db, config.secrets.encryption, log);
  return {
    database,
    counter,
    jobs,
    transport,
    renderer,
    outbox,
    floodGuard,
    auditChain,
    metrics,
    tracer,
    log,
    clock,
    closeTelemetry,
  };
}

/**
 * Opens the database, applies pending migrations, and connects the counter. The lifecycle closes them, and the mails.
 * @throws StartupError if the operator must change something
 */
export async function openInfrastructure(
  config: Config,
  infrastructure: Infrastructure,
  lifecycle: Lifecycle,
): Promise<void> {
  const { database, counter, transport, renderer, closeTelemetry, log } = infrastructure;
  const { url, migrateOnStart } = config.database;
  // First, so that it closes last, after the spans of the stop.
  lifecycle.onClose(closeTelemetry);
  lifecycle.step('opening the database');
  await openDatabase(database, url);
  if (database.isPooled) log.info('connected to the database through a connection pooler (DATABASE_URL)');
  lifecycle.onClose(() => database.close());
  if (migrateOnStart) {
    lifecycle.step('applying pending migrations');
    await migrate(database);
  }
  lifecycle.step('starting the gateway');
  lifecycle.onClose(() => counter.close());
  await counter.start();
  lifecycle.onClose(() => Promise.all([transport.close(), renderer.close()]));
}

/** Counts in Redis, shared by all nodes, if REDIS_URL is set; otherwise in this process. */
async function createCounter(
  redisUrls: readonly string[],
  clock: Clock,
  log: Log,
  tracer: Tracer,
): Promise<WindowCounter> {
  const local = new MemoryWindowCounter(clock);
  if (redisUrls.length === 0) return local;
  // Its client takes a quarter of a second to load.
  const { RedisWindowCounter } = await import('./platform/window-counter.redis.js');
  return new RedisWindowCounter(redisUrls, local, log, tracer);
}

/** OpenTelemetry, if OTEL_EXPORTER_OTLP_ENDPOINT is set. Otherwise none of its modules is loaded. */
async function createTelemetry({ telemetry }: Config, metrics: Metrics, log: Log) {
  if (telemetry === undefined) return { tracer: noTracer, close: async () => {} };
  const module = await import('./telemetry/index.js');
  return module.createTelemetry(telemetry, metrics, log);
}
