import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { isOwnOrigin } from './own-origin.js';

export interface UpgradeDeps {
  readonly isDraining: () => boolean;
  readonly corsOrigins: readonly string[];
}

type Accept = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

interface Refusal {
  readonly status: string;
  readonly message: string;
}

/** Hands WebSocket upgrades for subscriptions to `accept`, and refuses all others. */
export function acceptUpgrades({ server }: FastifyInstance, deps: UpgradeDeps, accept: Accept): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      return serveWithout(server, request, socket, head);
    const refusal = refusalOf(request, deps);
    if (refusal === undefined) accept(request, socket, head);
    else refuse(socket, refusal);
  });
}

function refusalOf({ url = '', headers }: IncomingMessage, deps: UpgradeDeps): Refusal | undefined {
  if (url.split('?')[0] !== '/graphql') return { status: '404 Not Found', message: 'Not found.' };
  if (deps.isDraining()) {
    return { status: '503 Service Unavailable', message: 'The gateway stops. Connect again.' };
  }
  // Attack: browsers let any page open a socket to any host (RFC 6455 §10.2).
  const { origin, host } = headers;
  if (origin !== undefined && !isOwnOrigin(deps.corsOrigins, origin, host)) {
    return { status: '403 Forbidden', message: 'The origin of the page is not allowed (CORS_ORIGINS).' };
  }
  if (handleProtocols(headers['sec-websocket-protocol'] ?? '') === false) {
    const message = `The WebSocket protocol must be ${GRAPHQL_TRANSPORT_WS_PROTOCOL}.`;
    return { status: '400 Bad Request', message };
  }
  return undefined;
}

function refuse(socket: Duplex, { status, message }: Refusal): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'connection: close',
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      '',
      body,
    ].join('\r\n'),
  );
}

/**
 * Serves a request that offers another protocol than WebSocket, such as HTTP/2 by the client of Java, without an upgrade
 * (RFC 9110 §7.8: a server may ignore the offer). As soon as there is a listener for upgrades, Node.js 20 takes every such
 * request for an upgrade and stops reading it. So the request is given to the server again, without the offer.
 */
function serveWithout(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(at, at + 2);
    if (!OFFER.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  const text = `${lines.join('\r\n')}\r\n\r\n`;
  socket.unshift(Buffer.concat([Buffer.from(text, 'latin1'), head]));
  server.emit('connection', socket);
}

const OFFER: ReadonlySet<string> = new Set(['upgrade', 'connection', 'http2-settings']);
