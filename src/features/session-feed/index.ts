import type { Feature } from '../../graphql/feature.js';
import type { Clock } from '../../platform/clock.js';
import type { Database } from '../../platform/database.js';
import type { Log } from '../../platform/log.js';
import type { Metrics } from '../../platform/metrics.js';
import type { Sessions } from '../sessions/index.js';
import { BacklogReader } from './backlog.js';
import { feedMetrics } from './metrics.js';
import { SessionEndBacklogStore } from './session-end-backlog.store.js';
import { SessionFeed } from './session-feed.js';
import { serveSessionFeed } from './session-feed.route.js';
import { SharedBacklogs } from './shared-backlogs.js';

export interface SessionFeedDeps {
  readonly db: Database;
  readonly sessions: Pick<Sessions, 'ends'>;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The bearer tokens that may read the feed. Without any, there is no route. */
  readonly serviceTokens: readonly string[];
  readonly accessTokenSeconds: number;
}

/** Tells other services of the platform which sessions have ended. */
export function createSessionFeed({
  db,
  sessions,
  log,
  clock,
  metrics,
  serviceTokens,
  accessTokenSeconds,
}: SessionFeedDeps): { readonly feature: Feature } {
  const measured = feedMetrics(metrics);
  if (serviceTokens.length === 0) return { feature: {} };
  const reader = new BacklogReader(new SessionEndBacklogStore(db), accessTokenSeconds);
  const feed = new SessionFeed(new SharedBacklogs(reader), accessTokenSeconds, measured, log, clock);
  const stopListening = sessions.ends.listen({
    onMissed: () => feed.onMissed(),
    onPolled: (poll, sentAt) => feed.onPolled(poll, sentAt),
  });
  return {
    feature: {
      routes: (app) => serveSessionFeed(app, feed, serviceTokens, measured),
      drain: () => feed.drain(),
      close: stopListening,
    },
  };
}
