/**
 * Attributes of a span, which leaves the platform of the operator: names of the schema, of tables and of settings,
 * codes and numbers. Never data of a person, text of a client, or the message of an error.
 */
export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface Span {
  set(name: string, value: string | number): void;
  /** Notes the code of an error, and marks the span as failed unless the error is a refusal. */
  fail(error: unknown): void;
}

export interface SpanOptions {
  /** `internal` by default. */
  readonly kind?: 'internal' | 'client' | 'producer';
  readonly attributes?: SpanAttributes;
}

/** The span of one request. The parts of the request do not share an asynchronous context, so each enters the span. */
export interface RequestSpan extends Span {
  run<T>(work: () => T): T;
  /**
   * @param name the final one
   * @param outcome `OK`, or the code of an error
   */
  end(name: string, outcome: string): void;
}

/** Makes the spans of traces. The gateway knows OpenTelemetry only in `src/telemetry/`. */
export interface Tracer {
  /** Whether spans are made. Parts on a hot path are wrapped only if they are. */
  readonly isOn: boolean;
  /** The id of the current trace, for the log. */
  readonly traceId: string | undefined;
  /** The current span, if it is recorded, as a header of W3C Trace Context, for `job`. */
  readonly traceparent: string | undefined;
  /**
   * Runs work in a span of the current trace. Outside of a trace, there is no span: probes and polls would be traces
   * of their own.
   * @throws the error of `work`
   */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /**
   * Runs a job in a trace of its own.
   * @param cause the span that sent the job, as `traceparent` told it; the two are linked
   * @throws the error of `work`
   */
  job<T>(
    name: string,
    cause: string | undefined,
    attributes: SpanAttributes,
    work: (span: Span) => Promise<T>,
  ): Promise<T>;
  /**
   * Starts the span of a request.
   * @param traceparent the header of the caller, whose trace the span joins
   */
  request(name: string, traceparent: string | undefined, attributes: SpanAttributes): RequestSpan;
  /** Runs work outside of the current trace. Timers would take it over otherwise. */
  outside<T>(work: () => T): T;
}

const noSpan: RequestSpan = { set() {}, fail() {}, run: (work) => work(), end() {} };

/** Makes no spans. */
export const noTracer: Tracer = {
  isOn: false,
  traceId: undefined,
  traceparent: undefined,
  span: (_name, _options, work) => work(noSpan),
  job: (_name, _cause, _attributes, work) => work(noSpan),
  request: () => noSpan,
  outside: (work) => work(),
};
