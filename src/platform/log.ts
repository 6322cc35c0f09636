import { type DestinationStream, pino } from 'pino';
import type { Tracer } from './tracer.js';

export type Log = pino.Logger;

/** Prints readable lines if stdout is a terminal; otherwise undefined. */
export async function terminalStream(): Promise<DestinationStream | undefined> {
  if (!process.stdout.isTTY) return undefined;
  const { default: pretty } = await import('pino-pretty');
  return pretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'service' });
}

/**
 * Writes JSON lines to stdout, or to `destination`. The body, headers and query of a request are never logged. If a
 * secret gets into a log object by mistake, it is redacted by the name of its field (ASVS 16.2.5).
 */
export function createLog(level: string, destination: DestinationStream = pino.destination(1)): Log {
  const secret = ['password', 'token', 'code', 'secret', 'link', 'authorization', 'cookie', 'variables'];
  const options = {
    level,
    base: { service: 'gatehouse' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    serializers: { err: describeError },
  };
  return pino(options, destination);
}

/** The log whose lines carry the id of the current trace. */
export function withTraceId(log: Log, tracer: Tracer): Log {
  if (!tracer.isOn) return log;
  const addTraceId = (line: object) => {
    const { traceId } = tracer;
    return traceId === undefined ? line : { ...line, traceId };
  };
  return log.child({}, { formatters: { log: addTraceId } });
}

/**
 * An error without secrets. The error of a database driver contains the parameters of the statement, such as hashes and
 * addresses, so its message is replaced.
 */
function describeError(error: unknown): Record<string, unknown> {
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
