import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isRouter } from '../graphql/router-fields.js';
import type { RequestSpan, Tracer } from '../platform/tracer.js';
import { outcomeOf } from './request-log.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests of the route are traced. */
    isTraced?: boolean;
  }
  interface FastifyRequest {
    /** Undefined if the request is not traced. */
    span: RequestSpan | undefined;
  }
}

export interface TracingDeps {
  readonly tracer: Tracer;
  /** If it is set, only requests that carry it may join a trace. */
  readonly routerSecret: string | undefined;
}

/**
 * Makes a span of each request to a route with `isTraced`. Register it before the other hooks of a response, whose log
 * lines then carry the trace. The span has no data of the caller, such as the address or the user agent.
 */
export function traceRequests(app: FastifyInstance, { tracer, routerSecret }: TracingDeps): void {
  if (!tracer.isOn) return;
  app.decorateRequest('span', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    const { config, url: route = '' } = request.routeOptions;
    if (config.isTraced !== true) return done();
    const { traceparent } = request.headers;
    const isTrusted = isRouter(routerSecret, headerOf(request, 'x-router-secret'));
    request.span = tracer.request(
      `${request.method} ${route}`,
      isTrusted && typeof traceparent === 'string' ? traceparent : undefined,
      {
        'http.request.method': request.method,
        'http.route': route,
        'gatehouse.request_id': request.id,
      },
    );
    request.span.run(done);
  });
  // The body is read in another asynchronous context.
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.span === undefined) done();
    else request.span.run(done);
  });
  app.addHook('onResponse', (request, { statusCode }, done) => {
    const { span } = request;
    if (span === undefined) return done();
    endSpan(span, request, statusCode);
    span.run(done);
  });
}

function endSpan(span: RequestSpan, request: FastifyRequest, status: number): void {
  const { method, routeOptions, report } = request;
  const outcome = outcomeOf(request, status);
  span.set('http.response.status_code', status);
  // A name of the schema. The name that the client gave to its operation is its own text.
  span.end(report?.operation ?? `${method} ${routeOptions.url}`, outcome);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
