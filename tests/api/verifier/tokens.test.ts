import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  randomUUID,
  sign,
} from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { TokenError, type Verifier } from '../../../src/verifier/index.js';
import {
  type FakeGateway,
  genuineClaims,
  newKey,
  now,
  startFakeGateway,
} from '../../support/fake-gateway.js';
import { alterAt, decode, forge } from '../../support/tokens.js';
import { until } from '../../support/wait.js';

let gateway: FakeGateway;
let verifier: Verifier;

const reasonOf = (authorization: string | undefined) =>
  verifier.verify(authorization).then(
    () => undefined,
    (error) => {
      expect(error).toBeInstanceOf(TokenError);
      return (error as TokenError).reason;
    },
  );

const refusalOf = (token: string) => reasonOf(`Bearer ${token}`);
const refusalOfClaims = async (claims: Record<string, unknown>, header = {}) =>
  refusalOf(await gateway.sign(claims, header));

beforeAll(async () => {
  gateway = await startFakeGateway();
  gateway.keys.push(await newKey('ES256'), await newKey('RS256'));
  verifier = gateway.verifier();
  await verifier.ready();
});

describe('the verifier', () => {
  it('tells who the caller is, by a token of each algorithm', async () => {
    for (const key of gateway.keys) {
      const claims = genuineClaims(gateway.issuer);
      const token = await gateway.sign(claims, {}, key);
      for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token} `]) {
        expect(await verifier.verify(authorization)).toEqual({
          userId: claims.sub,
          sessionId: claims.sid,
          role: 'STAFF',
          scope: ['customer', 'staff'],
          authenticatedAt: new Date(claims.auth_time * 1000),
          amr: ['pwd'],
          expiresAt: new Date(claims.exp * 1000),
          stale: false,
        });
      }
    }
  });

  it('gives each caller an object of its own', async () => {
    const authorization = `Bearer ${await gateway.sign()}`;
    const first = await verifier.verify(authorization);
    first.scope.push('admin');
    first.role = 'ADMIN';
    first.expiresAt.setTime(0);
    const second = await verifier.verify(authorization);
    expect(second).toMatchObject({ role: 'STAFF', scope: ['customer', 'staff'] });
    expect(second.expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  it('finds no token in a header that is missing, and an invalid one in a malformed header', async () => {
    const token = await gateway.sign();
    expect(await reasonOf(undefined)).toBe('TOKEN_MISSING');
    expect(await reasonOf('')).toBe('TOKEN_MISSING');
    const malformed = [
      'Bearer',
      'Bearer ',
      token,
      `Basic ${token}`,
      `Bearer ${token} x`,
      `Bearer Bearer ${token}`,
    ];
    for (const authorization of malformed) expect(await reasonOf(authorization)).toBe('TOKEN_INVALID');
  });
});

describe('a forged token', () => {
  const attacker = generateKeyPairSync('ed25519');
  const attackerJwk = attacker.publicKey.export({ format: 'jwk' });
  const byAttacker = (signed: Buffer) => sign(null, signed, attacker.privateKey);

  it('is refused with the algorithm none', async () => {
    const { header, claims, signature } = decode(await gateway.sign());
    for (const alg of ['none', 'None', 'NONE', '']) {
      const token = forge({ ...header, alg }, claims, () => Buffer.alloc(0));
      expect(await refusalOf(token)).toBe('TOKEN_INVALID');
      expect(await refusalOf(token + signature.toString('base64url'))).toBe('TOKEN_INVALID');
    }
  });

  it('is refused with HS256 keyed with a public key', async () => {
    for (const { kid, jwk } of gateway.keys) {
      const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
      const secrets = [
        key.export({ format: 'pem', type: 'spki' }),
        JSON.stringify(jwk),
        jwk.x ?? jwk.n ?? '',
        '',
      ];
      for (const secret of secrets) {
        const mac = (signed: Buffer) => createHmac('sha256', secret).update(signed).digest();
        const token = forge({ alg: 'HS256', typ: 'at+jwt', kid }, genuineClaims(gateway.issuer), mac);
        expect(await refusalOf(token)).toBe('TOKEN_INVALID');
      }
    }
  });

  it('is refused with the algorithm of another key', async () => {
    const [eddsa, es256] = gateway.keys;
    const { header, claims } = decode(await gateway.sign());
    for (const kid of [eddsa?.kid, es256?.kid])
      for (const alg of ['EdDSA', 'ES256', 'RS256', 'PS256', 'Ed25519'])
        expect(await refusalOf(forge({ ...header, alg, kid }, claims, byAttacker))).toBe('TOKEN_INVALID');
  });

  it('is refused with a foreign key under any kid', async () => {
    const { header, claims } = decode(await gateway.sign());
    for (const kid of [header.kid, 'unknown', '', null, 0, {}, '__proto__', 'constructor', undefined])
      expect(await refusalOf(forge({ ...header, kid }, claims, byAttacker))).toBe('TOKEN_INVALID');
  });

  it('is refused with a key that it brings along or points to, which is never fetched', async () => {
    const { header, claims } = decode(await gateway.sign());
    const url = `${gateway.issuer}/stolen`;
    const requests = gateway.feedRequests.length;
    for (const extra of [
      { jwk: attackerJwk },
      { jku: url },
      { x5u: url },
      { jku: url, kid: url },
      { x5c: ['AA'] },
    ])
      expect(await refusalOf(forge({ ...header, ...extra }, claims, byAttacker))).toBe('TOKEN_INVALID');
    expect(gateway.feedRequests.length).toBe(requests);
  });

  it('is refused with critical extensions', async () => {
    const { header, claims } = decode(await gateway.sign());
    for (const crit of [['exp'], ['urn:example:unknown'], [], 'exp', null])
      expect(await refusalOf(forge({ ...header, crit, 'urn:example:unknown': 1 }, claims, byAttacker))).toBe(
        'TOKEN_INVALID',
      );
  });

  it('is refused if it is altered at any place', async () => {
    const token = await gateway.sign();
    for (let index = 0; index < token.length; index += 7)
      expect(await refusalOf(alterAt(token, index)), `at ${index}`).toBe('TOKEN_INVALID');
  });

  it('costs little if it is huge or malformed', async () => {
    const startedAt = performance.now();
    for (const text of [
      'x'.repeat(1e6),
      '.'.repeat(1e6),
      ' '.repeat(1e6),
      `a.${'b'.repeat(1e6)}.c`,
      'a.b.c',
      '..',
      '\0',
    ]) {
      expect(await refusalOf(text)).toBe('TOKEN_INVALID');
      expect(await reasonOf(text)).toBe('TOKEN_INVALID');
    }
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('a token with a right signature', () => {
  for (const claim of [
    'iss',
    'aud',
    'exp',
    'iat',
    'sub',
    'sid',
    'jti',
    'role',
    'scope',
    'amr',
    'auth_time',
  ]) {
    it(`is refused without ${claim}, or with a ${claim} of another type`, async () => {
      for (const value of [undefined, null, {}, true])
        expect(await refusalOfClaims({ [claim]: value }), String(value)).toBe('TOKEN_INVALID');
    });
  }

  it('is refused if it is of another issuer or for another audience', async () => {
    for (const iss of ['http://evil.example', `${gateway.issuer}/`, `${gateway.issuer}.evil.example`])
      expect(await refusalOfClaims({ iss })).toBe('TOKEN_INVALID');
    for (const aud of ['another', 'gateway2', ['another'], 'GATEWAY'])
      expect(await refusalOfClaims({ aud })).toBe('TOKEN_INVALID');
  });

  it('is refused if it has another type', async () => {
    for (const typ of [undefined, 'JWT', 'rt+jwt', 'at', ''])
      expect(await refusalOfClaims({}, { typ }), String(typ)).toBe('TOKEN_INVALID');
  });

  it('is refused with an unknown role', async () => {
    for (const role of ['ROOT', '', 'admin']) expect(await refusalOfClaims({ role })).toBe('TOKEN_INVALID');
  });

  it('is refused if it is expired, with a tolerance of five seconds', async () => {
    expect(await refusalOfClaims({ iat: now() - 60, exp: now() - 7 })).toBe('TOKEN_EXPIRED');
    expect(await refusalOfClaims({ iat: now() - 60, exp: now() - 2 })).toBeUndefined();
    expect(await refusalOfClaims({ exp: 0 })).toBe('TOKEN_EXPIRED');
  });

  it('is refused if it is from the future, with the same tolerance', async () => {
    expect(await refusalOfClaims({ iat: now() + 60 })).toBe('TOKEN_INVALID');
    expect(await refusalOfClaims({ iat: now() + 2 })).toBeUndefined();
    expect(await refusalOfClaims({ nbf: now() + 60 })).toBe('TOKEN_INVALID');
  });

  it('is refused after its expiry although it is known', { timeout: 30_000 }, async () => {
    const token = await gateway.sign({ exp: now() - 3 });
    expect(await refusalOf(token)).toBeUndefined();
    await until('the expiry', async () => (await refusalOf(token)) === 'TOKEN_EXPIRED', 10_000);
  });

  it('accepts a token of another session while one is refused', async () => {
    const sid = randomUUID();
    const [ended, live] = [await gateway.sign({ sid }), await gateway.sign()];
    expect(await refusalOf(ended)).toBeUndefined();
    gateway.send(`event: ended\ndata: {"sid":"${sid}"}\n\n`);
    await until('the end', async () => (await refusalOf(ended)) === 'SESSION_REVOKED', 2000, 5);
    expect(await refusalOf(await gateway.sign({ sid }))).toBe('SESSION_REVOKED');
    expect(await refusalOf(live)).toBeUndefined();
  });
});
