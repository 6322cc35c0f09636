import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import type { Gateway } from './gateway.js';
import { until } from './wait.js';

export const PROTOCOL = 'graphql-transport-ws';
export const SESSION_ENDED = 'subscription { sessionEnded { sessionId reason endedAt } }';

export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
}

/** A socket of a client that sends what a test says. */
export interface RawSocket {
  readonly socket: WebSocket;
  /** All that it has received. */
  readonly messages: SocketMessage[];
  /** Undefined while it is open. */
  readonly end: SocketEnd | undefined;
  readonly closed: Promise<SocketEnd>;
  send(message: object): void;
  /** The first message of the type, and of the operation, if an id is given. */
  message(type: string, id?: string): Promise<SocketMessage>;
}

export interface SocketOptions extends ClientOptions {
  readonly path?: string;
  readonly protocols?: string[];
}

/** Opens a socket. @throws what the HTTP answer says, if the upgrade is refused */
export async function openSocket(gateway: Gateway, options: SocketOptions = {}): Promise<RawSocket> {
  const { path = '/graphql', protocols = [PROTOCOL], ...rest } = options;
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, protocols, rest);
  const messages: SocketMessage[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const state: { end?: SocketEnd } = {};
  const closed = new Promise<SocketEnd>((resolve) => {
    socket.on('close', (code, reason) => {
      state.end = { code, reason: String(reason) };
      resolve(state.end);
    });
  });
  await once(socket, 'open');
  socket.on('error', () => {});
  return {
    socket,
    messages,
    get end() {
      return state.end;
    },
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    message: (type, id) =>
      until(
        `a message ${type}`,
        () => {
          const found = messages.find((one) => one.type === type && (id === undefined || one.id === id));
          if (found === undefined && state.end) throw new Error(`Closed: ${JSON.stringify(state.end)}`);
          return found;
        },
        15_000,
        5,
      ),
  };
}

/** The status of a refused upgrade; 101 if it was accepted. */
export async function upgradeStatus(gateway: Gateway, options: SocketOptions = {}): Promise<number> {
  try {
    const { socket } = await openSocket(gateway, options);
    socket.terminate();
    return 101;
  } catch (error) {
    const [, status] = /Unexpected server response: (\d+)/.exec(String(error)) ?? [];
    if (status === undefined) throw error;
    return Number(status);
  }
}

/** Opens a socket and sends an access token. */
export async function introduce(
  gateway: Gateway,
  accessToken: string,
  options?: SocketOptions,
): Promise<RawSocket> {
  const socket = await openSocket(gateway, options);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${accessToken}` } });
  return socket;
}

/** Opens a socket whose access token was accepted. */
export async function connect(
  gateway: Gateway,
  { accessToken }: { readonly accessToken: string },
  options?: SocketOptions,
): Promise<RawSocket> {
  const socket = await introduce(gateway, accessToken, options);
  await socket.message('connection_ack');
  return socket;
}

export const subscribe = (socket: RawSocket, id = '1', payload: object = { query: SESSION_ENDED }) =>
  socket.send({ id, type: 'subscribe', payload });

/** Opens a socket with a subscription that the gateway has received. */
export async function listen(
  gateway: Gateway,
  session: { readonly accessToken: string },
  options?: SocketOptions,
): Promise<RawSocket> {
  const socket = await connect(gateway, session, options);
  subscribe(socket);
  // Messages are handled in order, so the answer follows the subscription.
  socket.send({ type: 'ping' });
  await socket.message('pong');
  return socket;
}

/** What a client gets when its session ends, in this order: the event, the completion, the close. */
export async function endedBy({ messages, closed }: RawSocket) {
  const { code } = await closed;
  const last = messages.filter(({ type }) => type === 'next' || type === 'complete' || type === 'error');
  const payload = last[0]?.payload as
    | { data?: { sessionEnded: { sessionId: string; reason: string; endedAt: string } } }
    | undefined;
  return { code, types: last.map(({ type }) => type), event: payload?.data?.sessionEnded };
}
