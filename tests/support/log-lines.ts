import type { Gateway } from './gateway.js';

export interface LogLine {
  level: number;
  msg: string;
  [field: string]: unknown;
}

/** The JSON lines that a gateway has logged so far. */
export function logLines(gateway: Pick<Gateway, 'logs'>): LogLine[] {
  return gateway
    .logs()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** Lines of level `warn` and above. */
export const warnings = (gateway: Pick<Gateway, 'logs'>) =>
  logLines(gateway).filter(({ level }) => level >= 40);
