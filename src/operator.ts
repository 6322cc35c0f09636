import type { Config } from './config.js';
import type { Administration } from './features/administration/index.js';
import { createFeatures } from './features.js';
import { createInfrastructure, openInfrastructure } from './infrastructure.js';
import { systemClock } from './platform/clock.js';
import { Lifecycle } from './platform/lifecycle.js';
import type { Log } from './platform/log.js';

export interface Operator {
  readonly administration: Administration;
  /** Finishes running jobs for up to `timeoutMs`, and closes everything. */
  close(timeoutMs: number): Promise<void>;
}

/**
 * Opens what an operator's command needs: the use cases, the database and the sending of mails. Without the schema and
 * the HTTP server, because loading and building them takes longer than the command.
 * @throws StartupError if the operator must change something
 */
export async function openOperator(config: Config, log: Log): Promise<Operator> {
  // Commands have no rate limits, read no lists, and end too soon for telemetry.
  const local = {
    ...config,
    redisUrls: [],
    telemetry: undefined,
    database: { ...config.database, replicaUrls: [] },
  };
  const infrastructure = await createInfrastructure(local, log, systemClock);
  const { administration } = createFeatures(local, infrastructure);
  const { jobs, outbox } = infrastructure;
  return Lifecycle.start(log, undefined, async (lifecycle) => {
    await openInfrastructure(local, infrastructure, lifecycle);
    lifecycle.onClose((timeoutMs) => jobs.stop(timeoutMs));
    await jobs.start([outbox.job]);
    return { administration, close: (timeoutMs) => lifecycle.close(timeoutMs) };
  });
}
