import { randomUUID } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import Fastify, {
  type DoneFuncWithErrOrRes,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { type Authenticate, GatewayContext } from '../graphql/context.js';
import type { Log } from '../platform/log.js';
import { originReader } from './client-address.js';
import { cookiesOf } from './cookies.js';
import { answerErrors, internalError, refuse } from './errors.js';
import { graphiqlPage } from './graphiql.js';
import { type HealthDeps, healthRoutes } from './health.js';
import { type MetricsDeps, metricsRoute } from './metrics.js';
import { isOwnOrigin } from './own-origin.js';
import type { PagesDeps } from './pages.js';
import { logRequests } from './request-log.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { type TracingDeps, traceRequests } from './trace-requests.js';

export interface HttpDeps extends HealthDeps, MetricsDeps, PagesDeps, TracingDeps {
  readonly apollo: ApolloServer<GatewayContext>;
  readonly authenticate: Authenticate;
  /** Adds the routes of the features. */
  readonly routes: readonly ((app: FastifyInstance) => void)[];
  readonly log: Log;
  readonly production: boolean;
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
}

const BODY_LIMIT = 100 * 1024;

/** No route has a JSON schema. Fastify would load compilers for them, which takes a quarter of a second. */
const noCompiler = () => {
  throw new TypeError('routes have no JSON schema');
};

export async function createHttpServer(deps: HttpDeps): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    genReqId: () => randomUUID(),
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    // During a shutdown, requests on open connections are still served.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    if (deps.isDraining()) void reply.header('connection', 'close');
    done();
  });
  // Read the address now: Node.js caches it, and cannot read it after the peer has disconnected.
  app.server.on('connection', (socket) => void socket.remoteAddress);
  // Without this, the plugin also sends some CORS headers to foreign origins.
  await app.register(cors, {
    delegator: ({ headers }, done) =>
      done(
        null,
        headers.origin !== undefined && deps.corsOrigins.includes(headers.origin) ? CORS : { origin: false },
      ),
  });
  await app.register(cookie);
  answerErrors(app, deps.log);
  traceRequests(app, deps);
  logRequests(app, deps.log, deps.metrics);
  graphqlRoute(app, deps);
  healthRoutes(app, deps);
  metricsRoute(app, deps);
  for (const addRoutes of deps.routes) addRoutes(app);
  if (!deps.production) await graphiqlPage(app, deps.brand.name);
  if (deps.pages.length > 0) {
    const { servePages } = await import('./pages.js');
    await servePages(app, deps);
  }
  return app;
}

/** Without `allowedHeaders`, the plugin allows the headers that the preflight requests. */
const CORS = {
  origin: true,
  credentials: true,
  methods: ['POST'],
  exposedHeaders: ['x-request-id'],
  maxAge: 600,
};

function graphqlRoute(app: FastifyInstance, deps: HttpDeps): void {
  // CSRF: any page can post a form as text/plain, but JSON needs a preflight.
  app.removeContentTypeParser('text/plain');
  const policy = {
    secure: deps.production,
    isOwnOrigin: (origin: string, host: string | undefined) => isOwnOrigin(deps.corsOrigins, origin, host),
    ...(!deps.production && { onCrossSite: warnOnce(deps.log) }),
  };
  const originOf = originReader(deps.trustProxy);
  const handler = fastifyApolloHandler(deps.apollo, {
    context: async (request, reply) => {
      request.report = {};
      return new GatewayContext(
        {
          requestId: request.id,
          origin: () => originOf(request),
          cookies: cookiesOf(request, reply, policy),
          authorization: request.headers.authorization,
          routerSecret: headerOf(request, 'x-router-secret'),
          report: request.report,
        },
        deps.authenticate,
      );
    },
  });
  const onSend = (
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
    done: DoneFuncWithErrOrRes,
  ) => {
    void reply.header('cache-control', 'no-store');
    // If a plugin of Apollo fails, its response has no request id.
    const text = reply.statusCode >= 500 ? String(payload) : '';
    const lacksId = text.includes('INTERNAL_SERVER_ERROR') && !text.includes(request.id);
    done(null, lacksId ? JSON.stringify(internalError(request.id)) : payload);
  };
  // Apollo's handler builds a URL from the Host header, and fails if it is malformed (RFC 9112 §3.2).
  const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (URL.canParse(`http://${request.hostname}/`)) return done();
    void refuse(reply, 400, 'The Host header is not valid.');
  };
  app.post('/graphql', { onRequest, onSend, config: { isTraced: true } }, handler);
}

function warnOnce(log: Log): (origin: string, host: string) => void {
  let isWarned = false;
  return (origin, host) => {
    if (!isWarned)
      log.warn(
        { origin, host },
        'the browser will not send the cookie back: open front end and gateway under one host name',
      );
    isWarned = true;
  };
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
