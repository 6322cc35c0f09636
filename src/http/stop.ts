import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long open connections may send another request. */
const LAST_REQUESTS_MS = 1000;
const POLL_INTERVAL_MS = 20;

/**
 * Stops serving without losing a request. `close` of an HTTP server closes the listener and idle connections at once, and
 * the next request of an idle connection may already wait in its socket. So this closes only the listener, as a plain TCP
 * server does. Requests on open connections get "connection: close". After that, it closes the idle connections and
 * waits for running requests.
 * @param timeoutMs after which running requests are cut off
 * @param drain ends connections that stay open: called when the listener is closed, so that their clients connect to
 * another node
 */
export async function stopServing(app: FastifyInstance, timeoutMs: number, drain: () => void): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  // Close right after the event loop has accepted the waiting connections. The kernel resets those that come later.
  await turn();
  NetServer.prototype.close.call(app.server);
  drain();
  const deadline = performance.now() + LAST_REQUESTS_MS;
  while (performance.now() < deadline && (await connectionsOf(app.server)) > 0) await sleep(POLL_INTERVAL_MS);
  await app.close();
  clearTimeout(cutOff);
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}
