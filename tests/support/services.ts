import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { createClient } from 'redis';
import { inject } from 'vitest';
import { removeAtEnd } from './at-end.js';

type Name = 'postgres' | 'redis';

/** Why a server of the run is missing; undefined if it runs. */
export function missing(name: Name): string | undefined {
  const reason = inject(name).missing;
  return reason === undefined ? undefined : `${name}: ${reason}`;
}

function urlOf(name: Name): string {
  const { url } = inject(name);
  if (url === undefined) throw new Error(missing(name));
  return url;
}

/** Creates an empty database in the run's server; returns its URL. */
export const freshDatabase = (): Promise<string> => createDatabase('');

/**
 * Creates a database in the run's server with options of CREATE DATABASE; returns its URL. It is dropped at the end of
 * the test file.
 */
export async function createDatabase(options: string): Promise<string> {
  const name = `gatehouse_${randomBytes(6).toString('hex')}`;
  await administer(`create database ${name} ${options}`);
  removeAtEnd(() => administer(`drop database if exists ${name} with (force)`).catch(() => {}));
  const url = new URL(urlOf('postgres'));
  url.pathname = `/${name}`;
  return url.href;
}

async function administer(statement: string): Promise<void> {
  const admin = postgres(urlOf('postgres'), { max: 1, onnotice: () => {} });
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.end();
  }
}

/** The last of the 256 logical databases counts the assigned ones. */
const COUNTER_DATABASE = 255;

/** An empty logical database in the run's Redis; returns its URL. Undefined if there is no Redis. */
export async function freshRedis(): Promise<string | undefined> {
  if (missing('redis') !== undefined) return undefined;
  return withRedis(`${urlOf('redis')}/${COUNTER_DATABASE}`, async (redis) => {
    const index = (await redis.incr('assigned')) % COUNTER_DATABASE;
    await redis.select(index);
    await redis.flushDb();
    return `${urlOf('redis')}/${index}`;
  });
}

/** Empties one logical database, like a lost or restarted Redis. */
export async function flushRedis(url: string): Promise<void> {
  await withRedis(url, (redis) => redis.flushDb());
}

async function withRedis<T>(
  url: string,
  use: (redis: ReturnType<typeof createClient>) => Promise<T>,
): Promise<T> {
  const redis = createClient({ url });
  await redis.connect();
  try {
    return await use(redis);
  } finally {
    await redis.close();
  }
}
