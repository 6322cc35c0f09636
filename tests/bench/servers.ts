import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { endFile, stopAtEnd } from '../support/at-end.js';
import { builtGateway } from '../support/built.js';
import { end, endWithUs, runs } from '../support/child.js';
import { startPostgres } from '../support/postgres-server.js';
import { startRedis } from '../support/redis-server.js';
import { startMailServer } from '../support/smtp.js';
import { freePort, until } from '../support/wait.js';
import { fill, type Size } from './fill.js';
import { PROFILER, type Profiled } from './profile.js';
import { accessTokens, newSecrets, refreshTokens, type SessionRow, sessionSource } from './tokens.js';

/** Of a server that holds the filled database in memory, as in production. */
const POSTGRES_SETTINGS = ['shared_buffers=1GB', 'max_wal_size=16GB', 'checkpoint_timeout=30min'];

/** Above what is measured: a load from one address must not be refused, but it must be counted. */
const RATE_LIMITS = ['login', 'refreshToken'].map((name) => `${name}=999999/60`).join(',');

const peer = (name: string) => fileURLToPath(new URL(`../bench/peers/${name}.mjs`, import.meta.url));

export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

export interface Gateway extends Server {
  readonly sql: postgres.Sql;
  readonly database: string;
  readonly serviceToken: string;
  /** Sessions that no row has taken before. */
  takeSessions(count: number): Promise<SessionRow[]>;
  accessToken(session: SessionRow): string;
  /** The first one of a session. */
  refreshToken(session: SessionRow): string;
  /**
   * Starts a further node with the same database.
   * @param flags of Node.js
   */
  join(flags?: readonly string[]): Promise<Server>;
}

/** Process that does work on request, and answers with its rate. */
export interface Worker {
  readonly pid: number;
  ask<T extends object>(request: object): Promise<T>;
  stop(): Promise<unknown>;
}

export type Servers = ReturnType<typeof createServers>;

/**
 * The servers of a run, each started when a row needs it. Their output, and all data, are in a folder that is removed at
 * the end.
 */
export function createServers(sizes: Readonly<Record<'main' | 'small' | 'large', Size>>) {
  const folder = memoized(async () => {
    const made = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
    // Postgres runs as another user.
    await chmod(made, 0o711);
    return made;
  });
  const postgresServer = memoized(async () => {
    const server = await startPostgres(await folder(), POSTGRES_SETTINGS, true);
    stopAtEnd(() => server.stop());
    return server;
  });
  const redis = memoized(async () => {
    const server = await startRedis(await folder());
    stopAtEnd(() => server.stop());
    return server;
  });
  const mailServer = memoized(startMailServer);
  const gateways = new Map<string, Promise<Gateway>>();
  const nodes: Profiled[] = [];
  let redisDatabases = 0;
  let betterAuths = 0;

  async function createDatabase(name: string): Promise<string> {
    const url = new URL((await postgresServer()).url);
    const sql = postgres(url.href, { max: 1 });
    await sql.unsafe(`CREATE DATABASE ${name}`);
    await sql.end();
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Starts a process with its output in a file, and waits until the URL answers. */
  async function startServer(
    name: string,
    command: readonly string[],
    env: Record<string, string>,
    url: string,
    cwd?: string,
  ): Promise<Server> {
    const file = join(await folder(), `${name}.log`);
    const output = await open(file, 'a');
    const child = spawn(process.execPath, command, {
      cwd: cwd ?? (await folder()),
      env: { PATH: process.env.PATH, HOME: await folder(), ...env },
      stdio: ['ignore', output.fd, output.fd],
    });
    await output.close();
    endWithUs(child);
    const server = { url, pid: child.pid as number, stop: () => end(child, 'SIGTERM', 15_000) };
    stopAtEnd(server.stop);
    await until(
      `${name} to answer`,
      async () => {
        if (!runs(child)) throw new Error(`${name} exited: ${(await readFile(file, 'utf8')).slice(-500)}`);
        return fetch(url).then(
          ({ status }) => status < 500,
          () => false,
        );
      },
      300_000,
      5,
    );
    return server;
  }

  async function startGateway(name: string, size: Size): Promise<Gateway> {
    const database = await createDatabase(name);
    const secrets = newSecrets();
    const issuer = `https://${name}.example.com`;
    const env = {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      DATABASE_URL: database,
      REDIS_URL: `${(await redis()).url}/${redisDatabases++}`,
      JWT_ISSUER: issuer,
      FRONTEND_URL: 'https://app.example.com',
      FROM_EMAIL: 'noreply@example.com',
      RATE_LIMITS,
      SERVICE_TOKENS: secrets.service,
      ...(await mailServer()).env,
      ...secrets.env,
    };
    const startNode = async (flags: readonly string[] = []) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const file = join(await folder(), `gateway-${port}.cpuprofile`);
      const node = await startServer(
        `gateway-${name}`,
        [...flags, '--import', PROFILER, builtGateway()],
        { ...env, PORT: String(port), PROFILE: file },
        `${url}/readyz`,
      );
      const profiled = { pid: node.pid, file };
      nodes.push(profiled);
      return {
        ...node,
        url,
        stop: () => {
          nodes.splice(nodes.indexOf(profiled), 1);
          return node.stop();
        },
      };
    };
    const migration = await startProgram('migrate', [builtGateway(), 'migrate'], env);
    if (migration !== 0) throw new Error(`the migration of ${name} failed`);
    await fill(database, size);
    const sql = postgres(database, { max: 2, onnotice: () => {} });
    stopAtEnd(() => sql.end({ timeout: 2 }));
    const node = await startNode();
    return {
      ...node,
      sql,
      database,
      serviceToken: secrets.service,
      takeSessions: sessionSource(sql),
      accessToken: await accessTokens(sql, secrets, issuer),
      refreshToken: refreshTokens(secrets),
      join: startNode,
    };
  }

  async function startProgram(name: string, command: readonly string[], env: Record<string, string>) {
    const output = await open(join(await folder(), `${name}.log`), 'a');
    const child = spawn(process.execPath, command, {
      cwd: await folder(),
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', output.fd, output.fd],
    });
    endWithUs(child);
    await once(child, 'exit');
    await output.close();
    return child.exitCode;
  }

  return {
    sizes,
    /** The gateways that run. */
    nodes: nodes as readonly Profiled[],
    /** A production gateway with a database of this size. */
    gateway(name: keyof typeof sizes): Promise<Gateway> {
      const started = gateways.get(name) ?? startGateway(name, sizes[name]);
      gateways.set(name, started);
      return started;
    },
    bareApollo: memoized(() => startBareApollo()),
    startBareApollo,
    /** The gateway as it starts for the first time, without any setting, and without any other server. */
    async startFirst(): Promise<Server> {
      const port = await freePort();
      const cwd = await mkdtemp(join(await folder(), 'first-'));
      return startServer(
        'first',
        [builtGateway()],
        { PORT: String(port) },
        `http://localhost:${port}/readyz`,
        cwd,
      );
    },
    async startBetterAuth(cookieCache: boolean): Promise<Server> {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const mode = cookieCache ? 'cookie-cache' : 'as-it-comes';
      const database = await createDatabase(`better_auth_${betterAuths++}`);
      const command = [peer('better-auth'), String(port), database, mode];
      const server = await startServer(
        'better-auth',
        command,
        { NODE_ENV: 'production' },
        `${url}/api/auth/ok`,
      );
      return { ...server, url };
    },
    /** Bare statements on the database of a gateway. */
    statements: (database: string): Promise<Worker> => startWorker(peer('statements'), [database]),
    bcrypt: memoized((): Promise<Worker> => startWorker(peer('bcrypt'), [])),
    /** Stops everything and removes the folder. */
    async stop(): Promise<void> {
      await endFile();
      await rm(await folder(), { recursive: true, force: true, maxRetries: 5 });
    },
  };

  async function startBareApollo(): Promise<Server> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = await startServer(
      'bare-apollo',
      [peer('bare-apollo'), String(port)],
      { NODE_ENV: 'production' },
      url,
    );
    return { ...server, url };
  }
}

async function startWorker(script: string, args: string[]): Promise<Worker> {
  const child: ChildProcess = fork(script, args, {
    execArgv: [],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  endWithUs(child);
  const stop = () => end(child, 'SIGTERM', 5000);
  stopAtEnd(stop);
  await once(child, 'message');
  return {
    pid: child.pid as number,
    stop,
    async ask<T extends object>(request: object) {
      child.send(request);
      const [answer] = (await once(child, 'message')) as [T | { error: string }];
      if ('error' in answer) throw new Error(answer.error);
      return answer;
    },
  };
}

/** Runs `make` at the first call, and returns the same promise from then on. */
function memoized<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
