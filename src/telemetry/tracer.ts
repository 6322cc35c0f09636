import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type Tracer as OpenTelemetryTracer,
  type Span as Recorded,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { RequestSpan, Span, SpanAttributes, SpanOptions, Tracer } from '../platform/tracer.js';
import { errorType, isRefusal } from './error-type.js';

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER } as const;

const UNRECORDED: Span = { set() {}, fail() {} };

/**
 * The tracer on OpenTelemetry's SDK. It keeps the current span by itself, because the context manager and the tracer
 * provider of the API are global to the process, and two gateways can run in one.
 */
export class SpanTracer implements Tracer {
  readonly isOn = true;
  readonly #current = new AsyncLocalStorage<Recorded | undefined>();
  readonly #spans: OpenTelemetryTracer;

  constructor(spans: OpenTelemetryTracer) {
    this.#spans = spans;
  }

  get traceId(): string | undefined {
    return this.#current.getStore()?.spanContext().traceId;
  }

  get traceparent(): string | undefined {
    const current = this.#current.getStore();
    if (!current?.isRecording()) return undefined;
    const { traceId, spanId } = current.spanContext();
    return `00-${traceId}-${spanId}-01`;
  }

  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
    const parent = this.#current.getStore();
    // Work that goes on after its request is not part of the trace any more.
    if (!parent?.isRecording()) return work(UNRECORDED);
    const { kind = 'internal', attributes = {} } = options;
    const within = trace.setSpan(ROOT_CONTEXT, parent);
    return this.#run(this.#spans.startSpan(name, { kind: KINDS[kind], attributes }, within), work);
  }

  job<T>(
    name: string,
    cause: string | undefined,
    attributes: SpanAttributes,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    const context = remoteSpan(cause);
    const links = context === undefined ? [] : [{ context }];
    const span = this.#spans.startSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, ROOT_CONTEXT);
    return this.#run(span, work);
  }

  request(name: string, traceparent: string | undefined, attributes: SpanAttributes): RequestSpan {
    const span = this.#spans.startSpan(name, { kind: SpanKind.SERVER, attributes }, contextOf(traceparent));
    return {
      ...handleOf(span),
      run: (work) => this.#current.run(span, work),
      end(finalName, outcome) {
        span.updateName(finalName);
        span.setAttribute('gatehouse.outcome', outcome);
        if (outcome !== 'OK') noteError(span, outcome);
        span.end();
      },
    };
  }

  outside<T>(work: () => T): T {
    return this.#current.run(undefined, work);
  }

  #run<T>(span: Recorded, work: (span: Span) => Promise<T>): Promise<T> {
    return this.#current.run(span, async () => {
      const handle = handleOf(span);
      try {
        return await work(handle);
      } catch (error) {
        handle.fail(error);
        throw error;
      } finally {
        span.end();
      }
    });
  }
}

function handleOf(span: Recorded): Span {
  return {
    set: (name, value) => void span.setAttribute(name, value),
    fail: (error) => noteError(span, errorType(error)),
  };
}

/** Without a message, which may contain values. A refusal, such as a wrong password, is no failure of the span. */
function noteError(span: Recorded, type: string): void {
  span.setAttribute('error.type', type);
  if (!isRefusal(type)) span.setStatus({ code: SpanStatusCode.ERROR });
}

function contextOf(traceparent: string | undefined): Context {
  const caller = remoteSpan(traceparent);
  return caller === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, caller);
}

/** Without `tracestate`, which is free text. */
function remoteSpan(traceparent: string | undefined): SpanContext | undefined {
  const parsed = traceparent === undefined ? null : parseTraceParent(traceparent);
  if (parsed === null) return undefined;
  const { traceId, spanId, traceFlags } = parsed;
  return { traceId, spanId, traceFlags: traceFlags & TraceFlags.SAMPLED, isRemote: true };
}
