import { SessionEndedDocument, type SessionEndedSubscription } from './generated/operations.js';
import { later } from './wait.js';

/** The gateway closes a connection without a valid token after 3 s. */
const ACKNOWLEDGE_MS = 10_000;
/** A connection that nothing arrives on for this long is dead. A browser does not notice it by itself. */
const PING_MS = 30_000;

export type SessionEnded = SessionEndedSubscription['sessionEnded'];

/**
 * One connection by the protocol graphql-transport-ws. Resolves with the close code: 4401 no valid token, 4403 the session
 * has ended, 4429 too many connections.
 */
export function listenOnSocket(
  url: string,
  token: string,
  hear: (ended: SessionEnded) => void,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    const send = (message: object) => socket.send(JSON.stringify(message));
    const close = () => finish(1000);
    let isAlive = true;
    let cancelTimer = later(ACKNOWLEDGE_MS, close);

    const finish = (code: number) => {
      cancelTimer();
      signal.removeEventListener('abort', close);
      // A dead connection can need minutes for its close event.
      socket.onclose = socket.onmessage = null;
      socket.close();
      resolve(code);
    };
    const ping = () => {
      if (!isAlive) return close();
      isAlive = false;
      send({ type: 'ping' });
      cancelTimer = later(PING_MS, ping);
    };
    signal.addEventListener('abort', close);
    socket.onclose = ({ code }) => finish(code);
    socket.onopen = () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    socket.onmessage = ({ data }) => {
      const { type, payload } = JSON.parse(data as string);
      isAlive = true;
      if (type === 'connection_ack') {
        cancelTimer();
        cancelTimer = later(PING_MS, ping);
        send({ id: '1', type: 'subscribe', payload: { query: SessionEndedDocument } });
      } else if (type === 'ping') {
        send({ type: 'pong' });
      } else if (type === 'next' && payload.data) {
        hear(payload.data.sessionEnded);
      } else if (type === 'error' || type === 'complete') {
        close();
      }
    };
  });
}
