import { type DestinationStream, pino } from 'pino';

export type Log = pino.Logger;

/** Writes lines for people if stdout is a terminal; undefined otherwise. */
export async function terminalStream(): Promise<DestinationStream | undefined> {
  if (!process.stdout.isTTY) return undefined;
  const { default: pretty } = await import('pino-pretty');
  return pretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'service' });
}

/**
 * JSON lines on stdout, or on `destination`. Nothing of a request's body, headers or query is ever logged; the paths below are a
 * second line of defence against a field that slips into a log object (ASVS 16.2.5).
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
