import type { FastifyInstance, FastifyReply } from 'fastify';
import { carriesToken } from '../../platform/bearer-token.js';
import { AuthError, AuthErrorCode } from '../../platform/error.js';
import type { FeedMetrics } from './metrics.js';
import type { SessionFeed } from './session-feed.js';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Proxies such as nginx would buffer the events.
  'x-accel-buffering': 'no',
  // The connection ends with the stream, so that a stop does not wait for it.
  connection: 'close',
} as const;
const RETRY_AFTER_SECONDS = 1;

/** Serves `GET /session-ends`, the stream of ended sessions for the services of the platform. */
export function serveSessionFeed(
  app: FastifyInstance,
  feed: SessionFeed,
  serviceTokens: readonly string[],
  metrics: FeedMetrics,
): void {
  app.get('/session-ends', { exposeHeadRoute: false }, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    if (!carriesToken(request.headers.authorization, serviceTokens)) {
      metrics.requests.inc({ outcome: 'unauthorized' });
      void reply.header('www-authenticate', 'Bearer');
      return refuse(reply, 401, AuthErrorCode.UNAUTHENTICATED, 'A token of SERVICE_TOKENS is required.');
    }
    const lastEventId = request.headers['last-event-id'];
    const reserved = await feed
      .reserve(typeof lastEventId === 'string' ? lastEventId : undefined)
      .catch(() => undefined);
    if (reserved === undefined) {
      metrics.requests.inc({ outcome: 'unavailable' });
      void reply.header('retry-after', RETRY_AFTER_SECONDS);
      const { code, message } = new AuthError(AuthErrorCode.SERVICE_UNAVAILABLE);
      return refuse(reply, 503, code, message);
    }
    metrics.requests.inc({ outcome: 'opened' });
    reply.hijack();
    const { raw } = reply;
    raw.once('close', reserved.release);
    if (raw.destroyed) return reserved.release();
    raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...STREAM_HEADERS });
    await feed.serve(raw, reserved.backlog);
  });
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
}
