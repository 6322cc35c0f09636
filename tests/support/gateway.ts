import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { removeAtEnd, stopAtEnd } from './at-end.js';
import { builtGateway } from './built.js';
import { end, endWithUs, runs } from './child.js';
import { type Client, createClient } from './client.js';
import { realClock, type TestClock } from './clock.js';
import { fileMailbox } from './file-mail.js';
import { send } from './http.js';
import type { Mailbox } from './mailbox.js';
import { freshRedis } from './services.js';
import type { MailServer } from './smtp.js';
import { migratedDatabase, migratedFolder } from './templates.js';
import { freePort, PATIENCE_MS, until } from './wait.js';

/** PGlite with the in-process store, or Postgres with Redis if available. */
export type Backend = 'pglite' | 'postgres';

export interface GatewayOptions {
  backend?: Backend;
  /** Added to the defaults below; undefined removes a default. */
  env?: Record<string, string | undefined>;
  /** URLs to share with another gateway; by default a fresh, migrated database and an empty Redis database. */
  database?: string;
  redis?: string | undefined;
  port?: number;
  /** Makes a gateway in the test's process listen as well, for clients other than the test's own. */
  listen?: boolean;
  /** The working directory, which contains `.data/`. */
  dataDir?: string;
  /** The mail server; by default mails are written to files. */
  mail?: MailServer;
  /**
   * A gateway to join as a further node, or to restart: with the same backend, environment, issuer and folder. Each
   * finds the mails that the other wrote.
   */
  peer?: Gateway;
}

export interface Gateway {
  readonly backend: Backend;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly env: Record<string, string>;
  readonly database: string;
  /** Undefined with the in-process store. */
  readonly redis: string | undefined;
  readonly dataDir: string;
  readonly mail: Mailbox;
  readonly client: Client;
  readonly clock: TestClock;
  /** Everything that the gateway has printed. */
  logs(): string;
  /** Resolves to the exit status; null if a signal ended the process. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  kill(): Promise<number | null>;
}

export { builtGateway };

/** A secret like one that an operator would generate. */
export const secret = () => randomBytes(36).toString('base64url');

/** A folder for one gateway, removed at the end of the test file. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(inject('runFolder'), 'gateway-'));
  removeAtEnd(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The URL of an embedded database of its own, with all tables and no rows. */
export async function embeddedDatabase(): Promise<string> {
  const folder = await freshFolder();
  await migratedFolder(folder);
  return `pglite:${join(folder, '.data', 'postgres')}`;
}

/** The settings that a gateway runs with. */
export type Settings = Pick<
  Gateway,
  'backend' | 'url' | 'port' | 'env' | 'database' | 'redis' | 'dataDir' | 'mail'
>;

/** Completes the options with a database, a folder, secrets, and the settings shared with the peer. */
export async function settle(
  options: GatewayOptions,
  port: number,
  defaults: Record<string, string>,
): Promise<Settings> {
  const { peer } = options;
  const backend = options.backend ?? peer?.backend ?? 'pglite';
  const dataDir = options.dataDir ?? peer?.dataDir ?? (await freshFolder());
  const database =
    options.database ??
    peer?.database ??
    (backend === 'postgres' ? await migratedDatabase() : await migratedFolder(dataDir));
  const redis = options.redis ?? peer?.redis ?? (backend === 'postgres' ? await freshRedis() : undefined);
  const url = `http://127.0.0.1:${port}`;
  const env = defined({
    ...defaults,
    RATE_LIMIT_ENABLED: 'false',
    JWT_SECRET_KEY: secret(),
    JWT_REFRESH_SECRET_KEY: secret(),
    ENCRYPTION_KEY: secret(),
    SHUTDOWN_NOTICE_SECONDS: '0',
    ...peer?.env,
    // Their defaults contain the host and port, and would differ between nodes.
    ...(peer && {
      JWT_ISSUER: peer.env.JWT_ISSUER ?? peer.url,
      FRONTEND_URL: peer.env.FRONTEND_URL ?? peer.url,
    }),
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: database,
    REDIS_URL: redis,
    ...options.mail?.env,
    ...options.env,
  });
  const mail = options.mail ?? (peer && env.SMTP_HOST ? peer.mail : fileMailbox(dataDir));
  return { backend, url, port, env, database, redis, dataDir, mail };
}

let lastStart: Promise<unknown> = Promise.resolve();

/**
 * Starts the built gateway in its own process, without this process's environment, and waits until it is ready. A
 * start is CPU-bound, so the starts of a test file run one after the other.
 */
export function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const start = lastStart.then(() => startNow(options));
  lastStart = start.catch(() => {});
  return start;
}

async function startNow(options: GatewayOptions): Promise<Gateway> {
  const settings = await settle(options, options.port ?? (await freePort()), { BCRYPT_COST: '10' });
  const { env, dataDir, url } = settings;
  const child = spawnGateway(env, dataDir);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  }
  const pidFile = join(inject('runFolder'), 'pids', String(child.pid));
  await writeFile(pidFile, '');
  child.once('exit', () => rm(pidFile, { force: true }));

  const gateway: Gateway = {
    ...settings,
    pid: child.pid as number,
    clock: realClock,
    client: createClient(url),
    logs: () => printed,
    stop: (signal = 'SIGTERM') => end(child, signal, PATIENCE_MS),
    kill: () => end(child, 'SIGKILL', 1000),
  };
  stopAtEnd(() => gateway.stop());
  await until('the gateway to be ready', async () => {
    if (!runs(child)) throw new Error(`The gateway exited during its start (${child.exitCode}):\n${printed}`);
    return send(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }).catch((error) => {
    throw new Error(`${error.message}\n${printed.slice(-4000)}`);
  });
  return gateway;
}

export interface Run {
  dataDir?: string;
  /** Sent after this many milliseconds, or when the promise resolves. */
  signal?: NodeJS.Signals;
  signalAfterMs?: number;
  signalAfter?: Promise<unknown>;
}

/**
 * Runs a gateway that exits by itself, or by a signal during its start. Returns its output, and its exit status: null if
 * it had to be killed.
 */
export async function runGateway(env: Record<string, string | undefined>, run: Run = {}) {
  const child = spawnGateway(defined(env), run.dataDir ?? (await freshFolder()));
  const startedAt = performance.now();
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  }
  const closed = once(child, 'close');
  const { signal = 'SIGKILL', signalAfterMs, signalAfter } = run;
  const interrupt =
    signalAfterMs === undefined ? undefined : setTimeout(() => child.kill(signal), signalAfterMs);
  void signalAfter?.then(() => child.kill(signal));
  const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await closed;
  clearTimeout(interrupt);
  clearTimeout(force);
  return { status: child.exitCode, printed, tookMs: performance.now() - startedAt };
}

function spawnGateway(env: Record<string, string>, cwd: string) {
  const child = spawn(process.execPath, [builtGateway()], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  return child;
}

/** The variables that have a value. */
export const defined = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
