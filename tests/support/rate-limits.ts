import { expect } from 'vitest';
import { login, someone } from './accounts.js';
import type { Gateway } from './gateway.js';
import { readiness } from './sessions.js';
import { until } from './wait.js';

export const LIMITED = { RATE_LIMIT_ENABLED: 'true' };
export const LOGIN_LIMIT = 10;

/** Waits until readiness reports this status. The gateway must serve requests meanwhile. */
export const becomes = (gateway: Gateway, wanted: 'ok' | 'degraded', timeoutMs = 10_000) =>
  until(
    `readiness to report ${wanted}`,
    async () => {
      const { status, body } = await readiness(gateway);
      expect(status).toBe(200);
      return body.status === wanted;
    },
    timeoutMs,
  );

/** How many of 30 sign-ins from this address pass the rate limit, sent to the nodes in turn. */
export async function admitted(nodes: readonly Gateway[]): Promise<number> {
  let count = 0;
  for (let i = 0; i < 30; i += 1) {
    const { errors } = await login(nodes[i % nodes.length] as Gateway, someone());
    if (errors[0]?.extensions.code !== 'RATE_LIMITED') count += 1;
  }
  return count;
}
