import { pino } from 'pino';

export type Log = pino.Logger;

/**
 * JSON lines on stdout. Nothing of a request's body, headers or query is ever logged; the paths below are a
 * second line of defence against a field that slips into a log object (ASVS 16.2.5).
 */
export function createLog(level: string): Log {
  const secret = ['password', 'token', 'code', 'secret', 'link', 'authorization', 'cookie', 'variables'];
  return pino({
    level,
    base: { service: 'gatehouse' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    serializers: { err: describeError },
  });
}

/**
 * What a log may know of an error. A driver's error carries the statement's parameters (hashes, addresses),
 * so that only names, codes, our own messages and stacks pass.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, severity, routine } = error as Error & Record<string, unknown>;
  const isQuery = error.name === 'DrizzleQueryError' || 'query' in error;
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: isQuery ? 'a statement failed' : error.message,
    errorCode: code,
    severity,
    routine,
    stack: error.stack
      ?.split('\n')
      .filter((line) => line.trimStart().startsWith('at '))
      .join('\n'),
    cause: error.cause === undefined ? undefined : describeError(error.cause),
  };
}
