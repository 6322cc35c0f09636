import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { createClient } from 'redis';
import { inject } from 'vitest';

/** Why suites on Postgres and Redis cannot run here, if they cannot. */
export function missingServices(): string | undefined {
  const missing = (['postgres', 'redis'] as const).flatMap((name) => {
    const reason = inject(name).missing;
    return reason ? [`${name}: ${reason}`] : [];
  });
  return missing.length > 0 ? missing.join('; ') : undefined;
}

function urlOf(name: 'postgres' | 'redis'): string {
  const { url, missing } = inject(name);
  if (url === undefined) throw new Error(`${name} is not there: ${missing}`);
  return url;
}

/** A fresh, empty database in the run's server; its URL. */
export async function freshDatabase(): Promise<string> {
  const name = `gatehouse_${randomBytes(6).toString('hex')}`;
  const admin = postgres(urlOf('postgres'), { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  const url = new URL(urlOf('postgres'));
  url.pathname = `/${name}`;
  return url.href;
}

/** The last of the 256 logical databases counts which were given out. */
const COUNTER_DATABASE = 255;

/** An empty logical database in the run's Redis; its URL. */
export async function freshRedis(): Promise<string> {
  const index = await withRedis(`${urlOf('redis')}/${COUNTER_DATABASE}`, (redis) => redis.incr('given out'));
  const url = `${urlOf('redis')}/${index % COUNTER_DATABASE}`;
  await flushRedis(url);
  return url;
}

/** Empties one logical database: what a lost or restarted Redis looks like. */
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
