import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long connections that stand may still bring a request, in milliseconds. */
const LAST_REQUESTS = 1000;
const LOOK_EVERY = 20;

/**
 * Stops serving without failing a request that is on its way. Node's own `close` ends idle connections with the
 * listener, and so those whose next request lies unread in the socket. Here the listener goes first, alone;
 * what comes on connections that stand is answered with "connection: close"; then the rest is closed, after
 * what still runs.
 */
export async function stopServing(app: FastifyInstance): Promise<void> {
  // Right after the turn that accepted what had queued up: what is left in the queue is reset by the kernel.
  await turn();
  NetServer.prototype.close.call(app.server);
  const until = performance.now() + LAST_REQUESTS;
  while (performance.now() < until && (await connectionsOf(app.server)) > 0) await sleep(LOOK_EVERY);
  await app.close();
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}
