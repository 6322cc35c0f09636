import { expect, it, vi } from 'vitest';
import type { Verifier } from '../../../src/verifier/index.js';
import { newKey, startFakeGateway } from '../../support/fake-gateway.js';
import { until } from '../../support/wait.js';

const reasonOf = (verifier: Verifier, token: string) =>
  verifier.verify(`Bearer ${token}`).then(
    () => undefined,
    ({ reason }) => reason,
  );

it.concurrent('accepts a token of a rotated key at once, because the key was published before', {
  timeout: 20_000,
}, async () => {
  const gateway = await startFakeGateway();
  gateway.maxAge = 1;
  const verifier = gateway.verifier();
  await verifier.ready();
  const old = await gateway.sign();
  const next = await newKey();
  gateway.keys = [...gateway.keys, next];
  const before = gateway.keyRequests;
  await until('the next fetch of the keys', () => gateway.keyRequests > before);
  await until(
    'the new key',
    async () => (await reasonOf(verifier, await gateway.sign({}, {}, next))) === undefined,
    1000,
    5,
  );
  expect(await reasonOf(verifier, old)).toBeUndefined();
});

it('fetches the keys again for an unknown kid, but not for each of many', { timeout: 30_000 }, async () => {
  const now = performance.now.bind(performance);
  const gateway = await startFakeGateway();
  const verifier = gateway.verifier();
  await verifier.ready();
  const next = await newKey();
  gateway.keys = [...gateway.keys, next];
  const token = await gateway.sign({}, {}, next);
  expect(await reasonOf(verifier, token)).toBe('TOKEN_INVALID');
  expect(gateway.keyRequests).toBe(1);
  // The keys are fetched again after five seconds at the earliest.
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 5000);
  await until('the new key', async () => (await reasonOf(verifier, token)) === undefined, 15_000);
  clock.mockRestore();
  const foreign = await newKey();
  for (let i = 0; i < 100; i += 1)
    expect(await reasonOf(verifier, await gateway.sign({}, {}, foreign))).toBe('TOKEN_INVALID');
  expect(gateway.keyRequests).toBeLessThan(5);
});

it.concurrent('refuses a known token after its key was withdrawn', { timeout: 20_000 }, async () => {
  const gateway = await startFakeGateway();
  gateway.maxAge = 1;
  const verifier = gateway.verifier();
  await verifier.ready();
  const token = await gateway.sign();
  expect(await reasonOf(verifier, token)).toBeUndefined();
  gateway.keys = [await newKey()];
  await until('the refusal', async () => (await reasonOf(verifier, token)) === 'TOKEN_INVALID', 5000);
});

it.concurrent('ignores private, symmetric and unknown keys of a set', async () => {
  const gateway = await startFakeGateway();
  const [key] = gateway.keys;
  const odd = [
    { kty: 'oct', k: 'AAAA', kid: 'symmetric', alg: 'HS256' },
    { kty: 'OKP', crv: 'X25519', x: 'AAAA', kid: 'agreement', alg: 'ECDH-ES' },
    { ...key?.jwk, kid: 'encryption', use: 'enc' },
  ];
  gateway.keys.push(...odd.map((jwk) => ({ ...(key as NonNullable<typeof key>), jwk })));
  const verifier = gateway.verifier();
  await verifier.ready();
  expect(await reasonOf(verifier, await gateway.sign())).toBeUndefined();
  for (const { kid } of odd)
    expect(await reasonOf(verifier, await gateway.sign({}, { kid }))).toBe('TOKEN_INVALID');
});

it.concurrent('reports a gateway that publishes no key, and an onError that throws stops nothing', async () => {
  const gateway = await startFakeGateway();
  const [key] = gateway.keys;
  gateway.keys = [];
  const errors: string[] = [];
  const verifier = gateway.verifier({
    onError: ({ message }) => {
      errors.push(message);
      throw new Error('a fault of the service');
    },
  });
  await until('two attempts', () => gateway.keyRequests >= 2);
  expect(errors[0]).toMatch(/no public key \(is JWT_ALGORITHM of the gateway HS256\?\)/);
  gateway.keys = [key as NonNullable<typeof key>];
  await verifier.ready();
  expect(await reasonOf(verifier, await gateway.sign())).toBeUndefined();
});
