import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request instead of its way to the gateway. */
export type Fault =
  /** The connection breaks: the client sees a network error. */
  | { kind: 'drop' }
  | { kind: 'answer'; status: number; body: string; headers?: Record<string, string> }
  /** The request goes on when the promise is fulfilled. */
  | { kind: 'hold'; until: Promise<unknown> }
  /** The gateway gets the request at once; the client gets the answer when the promise is fulfilled. */
  | { kind: 'late'; until: Promise<unknown> };

export interface FaultProxy {
  /** For WebSockets, which the proxy does not pass on. */
  readonly server: Server;
  /** The gateway's endpoint behind the proxy. */
  readonly url: string;
  readonly port: number;
  /** The root fields of the operations that arrived, such as `refreshToken`. */
  readonly operations: string[];
  count(operation: string): number;
  /** Faults for the next requests with this root field, one each. */
  fail(operation: string, ...faults: Fault[]): void;
  close(): Promise<void>;
}

/** An HTTP proxy before the nodes of a gateway: counts operations, and lets some of them fail. */
export async function startFaultProxy(...nodePorts: readonly number[]): Promise<FaultProxy> {
  const operations: string[] = [];
  let requests = 0;
  const faults = new Map<string, Fault[]>();
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = Buffer.concat(await incoming.toArray());
    const operation = rootField(body.toString());
    if (operation !== undefined) operations.push(operation);
    const fault = operation === undefined ? undefined : faults.get(operation)?.shift();
    if (fault?.kind === 'drop') return void incoming.socket.destroy();
    if (fault?.kind === 'answer') return answer(incoming, outgoing, fault);
    if (fault?.kind === 'hold') await fault.until;
    const nodePort = nodePorts[requests++ % nodePorts.length] as number;
    forward(nodePort, incoming, body, outgoing, fault?.kind === 'late' ? fault.until : undefined);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `http://localhost:${port}/graphql`,
    port,
    operations,
    count: (operation) => operations.filter((one) => one === operation).length,
    fail: (operation, ...next) => void faults.set(operation, next),
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A fault whose body is a GraphQL error, as the gateway answers it. */
export const refusal = (extensions: object, status = 200): Fault => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ data: null, errors: [{ message: 'Refused by the test.', extensions }] }),
});

function rootField(body: string): string | undefined {
  try {
    return /\{\s*(\w+)/.exec(JSON.parse(body).query)?.[1];
  } catch {
    return undefined;
  }
}

/** With CORS headers: without them, a browser hides the answer from the page. */
function answer(
  { headers: { origin = '*' } }: IncomingMessage,
  outgoing: ServerResponse,
  { status, body, headers }: Fault & { kind: 'answer' },
): void {
  const cors = { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };
  outgoing.writeHead(status, { ...cors, ...headers }).end(body);
}

function forward(
  port: number,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  until?: Promise<unknown>,
): void {
  const { method, url: path, headers } = incoming;
  const sent = request({ host: '127.0.0.1', port, method, path, headers }, async (response) => {
    await until;
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  sent.on('error', () => outgoing.destroy());
  outgoing.on('close', () => sent.destroy());
  sent.end(body);
}
