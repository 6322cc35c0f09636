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
import { clientReader } from './client-address.js';
import { cookiesOf } from './cookies.js';
import { answerErrors, internalError, refuse } from './errors.js';
import { graphiqlPage } from './graphiql.js';
import { type HealthParts, healthRoutes } from './health.js';
import { linkPages } from './link-pages.js';
import { type MetricsParts, metricsRoute } from './metrics.js';
import { logRequests } from './request-log.js';
import { securityHeaders } from './security-headers.js';

export interface HttpParts extends HealthParts, MetricsParts {
  readonly apollo: ApolloServer<GatewayContext>;
  readonly authenticate: Authenticate;
  readonly jwks: () => object;
  readonly log: Log;
  readonly production: boolean;
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Serve the pages that the links in mails lead to. */
  readonly ownPages: boolean;
}

const BODY_LIMIT = 100 * 1024;
const JWKS_SECONDS = 300;

/** Everything that is served over HTTP. */
export async function createHttpServer(parts: HttpParts): Promise<FastifyInstance> {
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
    if (parts.isDraining()) void reply.header('connection', 'close');
    done();
  });
  // An address can be read only while the peer is connected, and is kept from then on.
  app.server.on('connection', (socket) => void socket.remoteAddress);
  // A foreign origin gets no CORS header at all, not even the ones that would do no harm.
  await app.register(cors, {
    delegator: ({ headers }, done) =>
      done(
        null,
        headers.origin !== undefined && parts.corsOrigins.includes(headers.origin) ? CORS : { origin: false },
      ),
  });
  await app.register(cookie);
  answerErrors(app, parts.log);
  logRequests(app, parts.log, parts.metrics);
  graphqlRoute(app, parts);
  healthRoutes(app, parts);
  metricsRoute(app, parts);
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    void reply.header('cache-control', `public, max-age=${JWKS_SECONDS}`);
    return parts.jwks();
  });
  if (!parts.production) await graphiqlPage(app);
  if (parts.ownPages) linkPages(app);
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

function graphqlRoute(app: FastifyInstance, parts: HttpParts): void {
  // A form can be posted from any page as text/plain; JSON cannot without a preflight.
  app.removeContentTypeParser('text/plain');
  const policy = {
    secure: parts.production,
    isOwnOrigin: (origin: string, host: string | undefined) =>
      parts.corsOrigins.includes(origin) || origin === `http://${host}` || origin === `https://${host}`,
    ...(!parts.production && { onCrossSite: warnOnce(parts.log) }),
  };
  const clientOf = clientReader(parts.trustProxy);
  const handler = fastifyApolloHandler(parts.apollo, {
    context: async (request, reply) => {
      request.report = {};
      return new GatewayContext(
        {
          requestId: request.id,
          client: () => clientOf(request),
          cookies: cookiesOf(request, reply, policy),
          authorization: request.headers.authorization,
          routerSecret: headerOf(request, 'x-router-secret'),
          report: request.report,
        },
        parts.authenticate,
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
