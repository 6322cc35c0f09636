import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres-server.js';
import { startRedis } from './redis-server.js';
import { createRunFolder } from './run-folder.js';
import { makeTemplates } from './templates.js';

/** A server of this run, or the reason why it is missing. */
export type Service = { url: string; missing?: undefined } | { url?: undefined; missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    /** Contains every file that the run writes; removed at its end. */
    runFolder: string;
    postgres: Service;
    redis: Service;
  }
}

/** Starts the servers that the suites share, once per run. It never uses servers that already run. */
export default async function setup(project: TestProject) {
  // Unit tests need no servers.
  if (project.vitest.projects.every(({ name }) => name === 'unit')) return;
  const folder = await createRunFolder();
  const [postgres, redis] = await Promise.allSettled([
    startPostgres(folder, [
      'shared_preload_libraries=pg_stat_statements',
      // By default it drops the rarest of 5,000 statements, and the suites that count them would count too few.
      'pg_stat_statements.max=50000',
    ]),
    startRedis(folder),
  ]);
  await makeTemplates(folder, postgres.status === 'fulfilled' ? postgres.value.url : undefined);
  project.provide('runFolder', folder);
  project.provide('postgres', serviceOf(postgres));
  project.provide('redis', serviceOf(redis));

  return async () => {
    await endLeftovers(join(folder, 'pids'));
    if (postgres.status === 'fulfilled') await postgres.value.stop();
    if (redis.status === 'fulfilled') await redis.value.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

function serviceOf(start: PromiseSettledResult<{ url: string }>): Service {
  if (start.status === 'fulfilled') return { url: start.value.url };
  const { reason } = start;
  return {
    missing: (reason instanceof Error ? reason.message : String(reason)).trim().split('\n')[0] ?? 'unknown',
  };
}

/** Kills gateways of a worker that died before it could stop them: each has a file named by its process id. */
async function endLeftovers(pids: string) {
  for (const pid of await readdir(pids)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // The process has already exited.
    }
  }
}
