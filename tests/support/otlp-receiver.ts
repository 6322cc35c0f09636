import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stopAtEnd } from './at-end.js';
import { type Message, readMessage } from './protobuf.js';
import { until } from './wait.js';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly hasFailed: boolean;
}

/** An OTLP/HTTP receiver on loopback. */
export interface OtlpReceiver {
  readonly url: string;
  readonly port: number;
  /** The spans that have arrived, in their order. */
  readonly spans: ReceivedSpan[];
  /** The bodies of the metrics, parsed if they are JSON. */
  readonly metrics: unknown[];
  /** Every byte of every body. */
  bytes(): Buffer;
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Waits until a span of the trace without a parent in it has arrived; returns the trace. */
  trace(traceId: string): Promise<readonly ReceivedSpan[]>;
  /** Answers with this listener instead. Without one, the receiver works again. */
  misbehave(listener?: RequestListener): void;
  /** Refuses connections. */
  stop(): Promise<void>;
}

export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics: unknown[] = [];
  const bodies: Buffer[] = [];
  const requests: OtlpReceiver['requests'] = [];
  let misbehaviour: RequestListener | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { url: path = '', headers } = request;
    bodies.push(body);
    requests.push({ path, headers });
    if (misbehaviour !== undefined) return misbehaviour(request, response);
    const isJson = headers['content-type'] === 'application/json';
    if (path === '/v1/traces') spans.push(...(isJson ? spansOfJson(body) : spansOfProtobuf(body)));
    else if (path === '/v1/metrics') metrics.push(isJson ? JSON.parse(body.toString()) : body);
    else return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': headers['content-type'] }).end(isJson ? '{}' : '');
  });
  // An idle connection that the server closes looks like an outage for a moment.
  server.keepAliveTimeout = 600_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  stopAtEnd(stop);
  const bound = (server.address() as AddressInfo).port;
  const ofTrace = (traceId: string) => spans.filter((span) => span.traceId === traceId);
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    spans,
    metrics,
    bytes: () => Buffer.concat(bodies),
    requests,
    async trace(traceId) {
      await until(`the trace ${traceId}`, () => ofTrace(traceId).some(({ kind }) => kind === 2));
      return ofTrace(traceId);
    },
    misbehave(listener) {
      misbehaviour = listener;
    },
    stop,
  };
}

interface JsonValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
}
export type JsonAttributes = readonly { readonly key: string; readonly value: JsonValue }[];

interface JsonSpan extends Pick<ReceivedSpan, 'traceId' | 'spanId' | 'name' | 'kind'> {
  readonly parentSpanId?: string;
  readonly links?: ReceivedSpan['links'];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: JsonAttributes;
  readonly status?: { readonly code?: number };
}

interface JsonResourceSpans {
  readonly resource: { readonly attributes: JsonAttributes };
  readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[];
}

export const attributesOf = (attributes: JsonAttributes = []): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? Number(value.intValue ?? value.doubleValue),
    ]),
  );

function spansOfJson(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as { resourceSpans: JsonResourceSpans[] };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ startTimeUnixNano, endTimeUnixNano, attributes, status, ...span }) => ({
        parentSpanId: '',
        links: [],
        ...span,
        start: BigInt(startTimeUnixNano),
        end: BigInt(endTimeUnixNano),
        attributes: attributesOf(attributes),
        resource: attributesOf(resource.attributes),
        hasFailed: status?.code === 2,
      })),
    ),
  );
}

/** Numbers of the fields: opentelemetry/proto/trace/v1/trace.proto, common.proto. */
function spansOfProtobuf(body: Buffer): ReceivedSpan[] {
  return readMessage(body)
    .messages(1)
    .flatMap((resourceSpans) => {
      const resource = attributesIn(resourceSpans.messages(1)[0], 1);
      return resourceSpans
        .messages(2)
        .flatMap((scope) => scope.messages(2))
        .map((span) => ({
          traceId: span.hex(1),
          spanId: span.hex(2),
          parentSpanId: span.hex(4),
          name: span.text(5),
          kind: Number(span.number(6)),
          start: span.number(7),
          end: span.number(8),
          attributes: attributesIn(span, 9),
          resource,
          links: span.messages(13).map((link) => ({ traceId: link.hex(1), spanId: link.hex(2) })),
          hasFailed: span.messages(15)[0]?.number(3) === 2n,
        }));
    });
}

function attributesIn(message: Message | undefined, field: number): Record<string, unknown> {
  return Object.fromEntries(
    (message?.messages(field) ?? []).map((pair) => {
      const [value] = pair.messages(2);
      return [pair.text(1), value?.has(1) ? value.text(1) : Number(value?.number(3))];
    }),
  );
}
