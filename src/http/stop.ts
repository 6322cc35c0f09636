import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long (ms) open connections may still bring a request. */
const LAST_REQUESTS_MS = 1000;
const POLL_INTERVAL_MS = 20;

/**
 * Stops serving without failing a request that is on its way. Node's own `close` ends idle connections together
 * with the listener, and so those whose next request lies unread in the socket. Here the listener closes first;
 * requests on open connections are answered with "connection: close"; then the rest is closed, after running
 * requests have finished.
 * @param milliseconds after which requests that still run are cut off
 */
export async function stopServing(app: FastifyInstance, milliseconds: number): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), milliseconds);
  // Right after the turn that accepted what had queued up: what is left in the queue is reset by the kernel.
  await turn();
  NetServer.prototype.close.call(app.server);
  const until = performance.now() + LAST_REQUESTS_MS;
  while (performance.now() < until && (await connectionsOf(app.server)) > 0) await sleep(POLL_INTERVAL_MS);
  await app.close();
  clearTimeout(cutOff);
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}
