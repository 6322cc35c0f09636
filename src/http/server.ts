import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import cors, { type OriginFunction } from '@fastify/cors';
import Fastify, { type FastifyInstance } from 'fastify';
import { answerErrors } from './errors.js';
import { graphiqlPage } from './graphiql.js';
import { type GraphqlRouteDeps, graphqlRoute } from './graphql-route.js';
import { type HealthDeps, healthRoutes } from './health.js';
import { type MetricsDeps, metricsRoute } from './metrics.js';
import type { PagesDeps } from './pages.js';
import { logRequests } from './request-log.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { type TracingDeps, traceRequests } from './trace-requests.js';

export interface HttpDeps extends GraphqlRouteDeps, HealthDeps, MetricsDeps, PagesDeps, TracingDeps {
  /** Adds the routes of the features. */
  readonly routes: readonly ((app: FastifyInstance) => void)[];
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
  const allowed = new Set(deps.corsOrigins);
  // A function: for a list, the plugin sends some CORS headers to foreign origins, too.
  const origin: OriginFunction = (name, done) => done(null, name !== undefined && allowed.has(name));
  await app.register(cors, { ...CORS, origin });
  // Without the hook, which parses the cookies of every request.
  await app.register(cookie, { hook: false });
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
  credentials: true,
  methods: ['POST'],
  exposedHeaders: ['x-request-id'],
  maxAge: 600,
};
