import type { FastifyInstance } from 'fastify';
import { handleProtocols } from 'graphql-ws';
import { Counter, Gauge } from 'prom-client';
import { WebSocketServer } from 'ws';
import type { Authenticate } from '../graphql/context.js';
import type { SubscriptionServer } from '../graphql/subscription-server.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import { originReader } from './client-address.js';
import { CLOSE, type CloseCode } from './socket-close.js';
import { SocketConnection, type WatchSession } from './socket-connection.js';
import { OpenCounter } from './socket-limits.js';
import { acceptUpgrades } from './socket-upgrade.js';

const MAX_MESSAGE_BYTES = 100 * 1024;
const MAX_FRAGMENTS = 100;
const MAX_OF_SESSION = 5;
const MAX_OF_ADDRESS = 50;
/** A client that does not answer the closing handshake is cut off after this time. */
const CLOSE_TIMEOUT_MS = 1000;

const OPTIONS = {
  noServer: true,
  // Without it, the first protocol that the client offers is chosen.
  handleProtocols,
  clientTracking: false,
  maxPayload: MAX_MESSAGE_BYTES,
  maxFragments: MAX_FRAGMENTS,
  closeTimeout: CLOSE_TIMEOUT_MS,
  // Attack: a small message that decompresses to a large one.
  perMessageDeflate: false,
};

export interface SocketDeps {
  readonly authenticate: Authenticate;
  readonly watchSession: WatchSession;
  readonly subscriptions: SubscriptionServer;
  readonly isDraining: () => boolean;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
}

export interface Sockets {
  /** Closes all sockets. The caller has stopped the upgrades before. */
  close(): void;
}

/** Serves subscriptions over WebSocket at `/graphql`. */
export function serveSockets(app: FastifyInstance, deps: SocketDeps): Sockets {
  const { authenticate, watchSession, subscriptions, log } = deps;
  const originOf = originReader(deps.trustProxy);
  const connections = new Set<SocketConnection>();
  const ofAddresses = new OpenCounter(MAX_OF_ADDRESS);
  const connectionDeps = {
    authenticate,
    watchSession,
    server: subscriptions,
    ofSessions: new OpenCounter(MAX_OF_SESSION),
    log,
  };
  const countClose = socketMetrics(deps.metrics, () => connections.size);
  const server = new WebSocketServer(OPTIONS);
  acceptUpgrades(app, deps, (request, socket, head) => {
    const origin = originOf(request);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new SocketConnection(webSocket, origin, connectionDeps, countClose);
      const giveBack = ofAddresses.take(origin.network);
      if (giveBack === undefined) {
        connection.refuse('Too many connections of the address');
        return;
      }
      connections.add(connection);
      webSocket.once('close', () => {
        giveBack();
        connections.delete(connection);
      });
      connection.open();
    });
  });
  return {
    close() {
      for (const connection of connections) connection.close(CLOSE.goingAway, 'The gateway stops');
    },
  };
}

function socketMetrics({ registry }: Metrics, countOpen: () => number): (code: CloseCode) => void {
  new Gauge({
    name: 'gatehouse_sockets',
    help: 'Open WebSocket connections.',
    registers: [registry],
    collect() {
      this.set(countOpen());
    },
  });
  const closes = new Counter({
    name: 'gatehouse_socket_closes_total',
    help: 'WebSocket connections that the gateway closed, by close code.',
    labelNames: ['code'] as const,
    registers: [registry],
  });
  return (code) => closes.inc({ code });
}
