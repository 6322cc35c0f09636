import type { Server } from 'node:http';
import { buildSchema, execute, parse, subscribe, validate } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Gateway } from './gateway.js';
import { decode } from './tokens.js';

const schema = buildSchema(`
  type Query { unused: Boolean }
  type Subscription { sessionEnded: SessionEnded! }
  type SessionEnded { sessionId: ID! reason: String! endedAt: String! }
`);

interface Connection {
  readonly socket: WebSocket;
  readonly sessionId: string;
}

export interface SessionEndedServer {
  /** The connections that have subscribed. */
  readonly subscribed: Connection[];
  /** All attempts to connect. */
  readonly attempts: number;
  /** Tells the end of a session, as the gateway does. */
  end(sessionId: string, reason: string): void;
  /** Closes the next connections with these codes, one each, instead of their acknowledgement. */
  refuse(...codes: number[]): void;
}

/** The subscription of the contract by graphql-ws. The gateway checks the tokens. */
export function serveSessionEnded(server: Server, gateway: Gateway): SessionEndedServer {
  const subscribed: Connection[] = [];
  const ends = new Map<string, (reason: string) => void>();
  const refusals: number[] = [];
  let attempts = 0;

  const authenticate = async (authorization: unknown): Promise<string | undefined> => {
    const token = String(authorization).replace(/^Bearer /, '');
    const { errors } = await gateway.client.runRaw('{ me { id } }', {}, { token });
    return errors.length > 0 ? undefined : String(decode(token).claims.sid);
  };
  useServer<{ authorization?: string }, { sessionId: string }>(
    {
      schema,
      // Vitest loads another copy of graphql than graphql-ws does.
      parse,
      validate,
      execute,
      subscribe,
      async onConnect({ connectionParams, extra }) {
        attempts++;
        const refusal = refusals.shift();
        if (refusal !== undefined) return void extra.socket.close(refusal);
        const sessionId = await authenticate(connectionParams?.authorization);
        if (sessionId === undefined) return void extra.socket.close(CloseCode.Unauthorized);
        extra.sessionId = sessionId;
        return undefined;
      },
      onSubscribe({ extra: { socket, sessionId = '' } }) {
        subscribed.push({ socket, sessionId });
        socket.on('close', () => {
          subscribed.splice(
            subscribed.findIndex((one) => one.socket === socket),
            1,
          );
        });
      },
      roots: {
        subscription: {
          async *sessionEnded(_args: unknown, { extra }: { extra: { sessionId: string } }) {
            const { sessionId } = extra;
            const reason = await new Promise<string>((resolve) => ends.set(sessionId, resolve));
            yield { sessionEnded: { sessionId, reason, endedAt: new Date().toISOString() } };
          },
        },
      },
      context: (context) => context,
    },
    new WebSocketServer({ server, path: '/graphql' }),
  );
  return {
    subscribed,
    get attempts() {
      return attempts;
    },
    end: (sessionId, reason) => ends.get(sessionId)?.(reason),
    refuse: (...codes) => void refusals.push(...codes),
  };
}
