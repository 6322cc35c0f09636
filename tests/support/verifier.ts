import { expect } from 'vitest';
import { createVerifier, TokenError, type Verifier, type VerifierOptions } from '../../src/verifier/index.js';
import { stopAtEnd } from './at-end.js';
import type { Gateway } from './gateway.js';
import { SERVICE_TOKEN } from './session-feed.js';
import { sleep, until } from './wait.js';

/** A verifier of a gateway, closed at the end of the file. */
export function verifierOf(
  gateway: Pick<Gateway, 'url' | 'env'>,
  options: Partial<VerifierOptions> = {},
): Verifier {
  const verifier = createVerifier({
    issuer: gateway.env.JWT_ISSUER ?? gateway.url,
    audience: 'gateway',
    serviceToken: SERVICE_TOKEN,
    onError: () => {},
    ...options,
  });
  stopAtEnd(async () => verifier.close());
  return verifier;
}

/** 'accepted', 'accepted, stale', or the reason of the refusal. */
export async function outcomeOf(
  verifier: Verifier,
  { accessToken }: { accessToken: string },
): Promise<string> {
  try {
    const { stale } = await verifier.verify(`Bearer ${accessToken}`);
    return stale ? 'accepted, stale' : 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError);
    return (error as TokenError).reason;
  }
}

/** Waits for an outcome. The error of a timeout names the outcome instead. */
export async function untilOutcome(
  verifier: Verifier,
  token: { accessToken: string },
  outcome: string,
  timeoutMs = 20_000,
): Promise<void> {
  let last = '';
  const ask = async () => {
    last = await outcomeOf(verifier, token);
    return last === outcome;
  };
  await until(`the outcome ${outcome}`, ask, timeoutMs, 10).catch(({ message }) => {
    throw new Error(`${message}: it is ${last}, ${verifier.staleness} s old`);
  });
}

/** Verifies a token again and again, and notes when it was accepted last (`performance.now()`). */
export function watch(verifier: Verifier, token: { accessToken: string }) {
  const watched = { acceptedAt: Number.NEGATIVE_INFINITY, stop: () => {} };
  let isStopped = false;
  watched.stop = () => {
    isStopped = true;
  };
  const run = async () => {
    while (!isStopped) {
      const askedAt = performance.now();
      if ((await outcomeOf(verifier, token)) === 'accepted') watched.acceptedAt = askedAt;
      await sleep(5);
    }
  };
  void run();
  stopAtEnd(async () => watched.stop());
  return watched;
}
