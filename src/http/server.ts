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
import { linkPages } from './link-pages.js';
import { type MetricsDeps, metricsRoute } from './metrics.js';
import { logRequests } from './request-log.js';
import { securityHeaders } from './security-headers.js';

export interface HttpDeps extends HealthDeps, MetricsDeps {
  readonly apollo: ApolloServer<GatewayContext>;
  readonly authenticate: Authenticate;
  /** Adds the routes of the features. */
  readonly routes: readonly ((app: FastifyInstance) => void)[];
  readonly log: Log;
  readonly production: boolean;
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Serve the pages that the links in mails lead to. */
  readonly ownPages: boolean;
}

const BODY_LIMIT = 100 * 1024;

/** Everything that is served over HTTP. */
export async function createHttpServer(deps: HttpDeps): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    // While it drains, a request on a connection that stands is still served.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  const headers = securityHeaders();
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('x-request-id', request.id);
    if (deps.isDraining()) void reply.header('connection', 'close');
    done();
  });
  // An address can be read only while the peer is connected, and is kept from then on.
  app.server.on('connection', (socket) => void socket.remoteAddress);
  // A foreign origin gets no CORS header at all, not even the ones that would do no harm.
  await app.register(cors, {
    delegator: ({ headers }, done) =>
      done(
        null,
        headers.origin !== undefined && deps.corsOrigins.includes(headers.origin) ? CORS : { origin: false },
      ),
  });
  await app.register(cookie);
  answerErrors(app, deps.log);
  logRequests(app, deps.log, deps.metrics);
  graphqlRoute(app, deps);
  healthRoutes(app, deps);
  metricsRoute(app, deps);
  for (const addRoutes of deps.routes) addRoutes(app);
  if (!deps.production) await graphiqlPage(app);
  if (deps.ownPages) linkPages(app);
  return app;
}

/** Allowed origins may send any header: without a list, the plugin answers with those of the preflight. */
const CORS = {
  origin: true,
  credentials: true,
  methods: ['POST'],
  exposedHeaders: ['x-request-id'],
  maxAge: 600,
};

function graphqlRoute(app: FastifyInstance, deps: HttpDeps): void {
  // A form can be posted from any page as text/plain; JSON cannot without a preflight.
  app.removeContentTypeParser('text/plain');
  const policy = {
    secure: deps.production,
    isOwnOrigin: (origin: string, host: string | undefined) =>
      deps.corsOrigins.includes(origin) || origin === `http://${host}` || origin === `https://${host}`,
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
    // If a hook of Apollo's fails, Apollo answers by itself, without a request id.
    const text = reply.statusCode >= 500 ? String(payload) : '';
    const isBare = text.includes('INTERNAL_SERVER_ERROR') && !text.includes(request.id);
    done(null, isBare ? JSON.stringify(internalError(request.id)) : payload);
  };
  // Apollo's handler makes a URL of the Host header and fails if it is malformed (RFC 9112 §3.2).
  const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (URL.canParse(`http://${request.hostname}/`)) return done();
    void refuse(reply, 400, 'The Host header is not valid.');
  };
  app.post('/graphql', { onRequest, onSend }, handler);
}

function warnOnce(log: Log): (origin: string, host: string) => void {
  let isWarned = false;
  return (origin, host) => {
    if (!isWarned)
      log.warn({ origin, host }, 'the browser will not send this cookie back: use one host for both');
    isWarned = true;
  };
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
