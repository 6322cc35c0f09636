import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { AuthError, AuthErrorCode } from '../platform/error.js';
import type { Log } from '../platform/log.js';

/** Answers errors outside of GraphQL in the format of GraphQL. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return refuse(reply, status, PUBLIC[error.code] ?? 'The request is not valid.');
    log.error({ err: error, requestId: request.id }, 'unexpected error');
    return reply.code(500).send(internalError(request.id));
  });
  app.setNotFoundHandler((request, reply) => {
    if (request.url.split('?')[0] !== '/graphql') return refuse(reply, 404, 'Not found.');
    return refuse(reply.header('allow', 'POST'), 405, 'Use POST for GraphQL requests.');
  });
}

/** The response for an unexpected error. The log has the details under the request id. */
export function internalError(requestId: string): object {
  const { message, code } = new AuthError(AuthErrorCode.INTERNAL_SERVER_ERROR);
  return { errors: [{ message, extensions: { code, requestId } }] };
}

export function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
}

const PUBLIC: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body must not be larger than 100 KB.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The content type must be application/json.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body must be valid JSON.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body must not be empty.',
};
