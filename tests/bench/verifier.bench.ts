import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { startFakeGateway } from '../support/fake-gateway.js';
import { report, sideBySide } from './measure.js';

const SECONDS = 1;

/** Runs a check one after another; checks per second. */
async function perSecond(check: (index: number) => Promise<unknown>): Promise<number> {
  const until = performance.now() + SECONDS * 1000;
  let count = 0;
  while (performance.now() < until) {
    // The clock is read once for many checks, which are faster than it.
    for (let i = 0; i < 20; i += 1) await check(count++);
  }
  return count / SECONDS;
}

it('checks of access tokens against bare jwtVerify of jose', async () => {
  const gateway = await startFakeGateway();
  const verifier = gateway.verifier({ cacheSize: 100 });
  await verifier.ready();
  const keys = createLocalJWKSet({ keys: gateway.keys.map(({ jwk }) => jwk) });
  expect(createPublicKey({ key: gateway.keys[0]?.jwk as never, format: 'jwk' }).asymmetricKeyType).toBe(
    'ed25519',
  );
  const options = {
    algorithms: ['EdDSA'],
    typ: 'at+jwt',
    issuer: gateway.issuer,
    audience: 'gateway',
    requiredClaims: ['exp', 'iat', 'sub', 'sid', 'jti'],
    clockTolerance: 5,
  };
  // Far more than the cache keeps, so that each is new when its turn comes again.
  const tokens = await Promise.all(Array.from({ length: 2000 }, () => gateway.sign()));
  const headers = tokens.map((token) => `Bearer ${token}`);
  // A server gets a new string for each request.
  const [known = ''] = tokens;
  const copy = () => Buffer.from(`Bearer ${known}`).toString('latin1');
  const copies = Array.from({ length: 1000 }, copy);

  const bare = (index: number) => jwtVerify(tokens[index % tokens.length] as string, keys, options);
  const ofNew = (index: number) => verifier.verify(headers[index % headers.length]);
  const ofKnown = (index: number) => verifier.verify(copies[index % copies.length]);
  const ofCopied = () => verifier.verify(copy());
  for (const check of [bare, ofNew, ofKnown]) await perSecond(check);

  report(
    'checks of new tokens',
    0.9,
    await sideBySide(
      5,
      () => perSecond(ofNew),
      () => perSecond(bare),
    ),
  );
  report(
    'checks of a known token',
    50,
    await sideBySide(
      5,
      () => perSecond(ofKnown),
      () => perSecond(bare),
    ),
  );
  report(
    'checks of a known token, each in a string of its own',
    50,
    await sideBySide(
      5,
      () => perSecond(ofCopied),
      () => perSecond(bare),
    ),
  );
});
