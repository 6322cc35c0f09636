import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  randomUUID,
  sign,
} from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeDocument, ResendVerificationEmailDocument } from '../../generated/graphql.js';
import {
  login,
  register,
  registerAndVerify,
  signIn,
  someone,
  verificationMail,
} from '../../support/accounts.js';
import { expectCode, expectData, expectUnauthenticated } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { startGateway } from '../../support/in-process.js';
import { tokenIn } from '../../support/mailbox.js';
import { alterAt, type DecodedToken, decode, forge } from '../../support/tokens.js';

/** A forged token must not open `me`, and must not break a public operation. */
async function expectRefused(gateway: Gateway, token: string) {
  const result = await gateway.client.run(MeDocument, {}, { token });
  const reason = expectUnauthenticated(result);
  expect(result.data).toEqual({ me: null });
  const open = await gateway.client.run(
    ResendVerificationEmailDocument,
    { email: someone().email },
    { token },
  );
  expect(expectData(open).resendVerificationEmail.success).toBe(true);
  return reason;
}

const none = () => Buffer.alloc(0);

describe('access tokens signed with EdDSA', () => {
  let gateway: Gateway;
  let genuine: string;
  let refreshToken: string;
  let sessionId: string;
  let parts: DecodedToken;
  let jwk: JsonWebKey & { kid: string };
  let thief: Server;
  let stolen = 0;

  const attacker = generateKeyPairSync('ed25519');
  const attackerJwk = attacker.publicKey.export({ format: 'jwk' });
  const byAttacker = (signed: Buffer) => sign(null, signed, attacker.privateKey);

  beforeAll(async () => {
    gateway = await startGateway();
    const session = await signIn(gateway, await registerAndVerify(gateway));
    genuine = session.accessToken;
    refreshToken = session.refreshToken;
    sessionId = session.session.id;
    parts = decode(genuine);
    const { keys } = (await send(`${gateway.url}/.well-known/jwks.json`)).json as { keys: (typeof jwk)[] };
    jwk = keys.find(({ kid }) => kid === parts.header.kid) as typeof jwk;
    thief = createServer((_, response) => {
      stolen += 1;
      response.end(
        JSON.stringify({ keys: [{ ...attackerJwk, kid: parts.header.kid, alg: 'EdDSA', use: 'sig' }] }),
      );
    });
    await new Promise<void>((resolve) => {
      thief.listen(0, '127.0.0.1', resolve);
    });
  });

  afterAll(() => {
    thief.close();
  });

  it('accepts the genuine token (control for the refusals below)', async () => {
    expect(expectData(await gateway.client.run(MeDocument, {}, { token: genuine })).me?.id).toBe(
      parts.claims.sub,
    );
  });

  it('refuses alg none', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const token = forge({ ...parts.header, alg }, parts.claims, none);
      expect(await expectRefused(gateway, token)).toBe('TOKEN_INVALID');
      await expectRefused(gateway, token.slice(0, -1));
      await expectRefused(gateway, token + parts.signature.toString('base64url'));
    }
  });

  it('refuses HS256 keyed with the public key (algorithm confusion)', async () => {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const secrets = [
      key.export({ format: 'pem', type: 'spki' }),
      String(key.export({ format: 'pem', type: 'spki' })).trim(),
      key.export({ format: 'der', type: 'spki' }),
      JSON.stringify(jwk),
      Buffer.from(jwk.x ?? '', 'base64url'),
      jwk.x ?? '',
      '',
    ];
    for (const secret of secrets) {
      const mac = (signed: Buffer) => createHmac('sha256', secret).update(signed).digest();
      const token = forge({ ...parts.header, alg: 'HS256' }, parts.claims, mac);
      expect(await expectRefused(gateway, token)).toBe('TOKEN_INVALID');
    }
  });

  it('refuses a token signed by a foreign key, under any kid', async () => {
    const kids = [
      parts.header.kid,
      'unknown',
      '',
      '../../../etc/passwd',
      "' or 1=1 --",
      null,
      0,
      { $ne: '' },
    ];
    for (const kid of kids) {
      const token = forge({ ...parts.header, kid }, parts.claims, byAttacker);
      expect(await expectRefused(gateway, token)).toBe('TOKEN_INVALID');
    }
    const { kid: _, ...header } = parts.header;
    expect(await expectRefused(gateway, forge(header, parts.claims, byAttacker))).toBe('TOKEN_INVALID');
  });

  it('refuses a key that the token embeds or links to', async () => {
    const url = `http://127.0.0.1:${(thief.address() as AddressInfo).port}/keys`;
    const headers = [
      { jwk: attackerJwk },
      { jku: url },
      { x5u: url },
      { jku: url, kid: url },
      { x5c: [attacker.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] },
    ];
    for (const header of headers) {
      const token = forge({ ...parts.header, ...header }, parts.claims, byAttacker);
      expect(await expectRefused(gateway, token)).toBe('TOKEN_INVALID');
    }
    expect(stolen, 'the gateway fetched keys from a URL in the token').toBe(0);
  });

  it('refuses a token that is altered at any position', async () => {
    for (let index = 0; index < genuine.length; index += 7) {
      const token = alterAt(genuine, index);
      const result = await gateway.client.run(MeDocument, {}, { token });
      expect(expectCode(result, 'UNAUTHENTICATED').reason, `at ${index}`).toBe('TOKEN_INVALID');
    }
    await expectRefused(gateway, alterAt(genuine, genuine.length - 10));
  });

  it('refuses a token whose role claim was raised', async () => {
    const [header, , signature] = genuine.split('.');
    const claims = Buffer.from(JSON.stringify({ ...parts.claims, role: 'ADMIN' })).toString('base64url');
    expect(await expectRefused(gateway, `${header}.${claims}.${signature}`)).toBe('TOKEN_INVALID');
  });

  it('refuses other kinds of tokens, and malformed ones', async () => {
    const pending = someone();
    expectData(await register(gateway, pending));
    const cookies = (await login(gateway, await registerAndVerify(gateway), { tokenDelivery: 'COOKIE' }))
      .cookies;
    const others = [
      refreshToken,
      sessionId,
      tokenIn(await verificationMail(gateway, pending.email)),
      ...Object.values(cookies).map(({ value }) => value),
      gateway.env.JWT_SECRET_KEY ?? '',
      'null',
      'undefined',
      '..',
      '.'.repeat(1000),
      genuine.split('.').slice(0, 2).join('.'),
      `${genuine}.${genuine}`,
      'x'.repeat(7000),
    ];
    expect(cookies).toHaveProperty('refresh');
    for (const token of others) expect(await expectRefused(gateway, token)).toBe('TOKEN_INVALID');
  });

  it('refuses the token in a malformed Authorization header', async () => {
    for (const authorization of [
      genuine,
      `Basic ${genuine}`,
      `Bearer ${genuine} x`,
      `Bearer Bearer ${genuine}`,
    ]) {
      const result = await gateway.client.run(MeDocument, {}, { headers: { authorization } });
      expectUnauthenticated(result);
    }
  });
});

/** With a shared secret the test signs like the gateway, so each check of a claim is tested alone. */
describe('access tokens with a valid signature', () => {
  let gateway: Gateway;
  let parts: DecodedToken;
  let strangerId: string;

  const mac = (signed: Buffer) =>
    createHmac('sha256', gateway.env.JWT_SECRET_KEY ?? '')
      .update(signed)
      .digest();
  const signed = (claims: object = {}, header: object = {}) =>
    forge({ ...parts.header, ...header }, { ...parts.claims, ...claims }, mac);
  const now = () => Math.floor(Date.now() / 1000);

  beforeAll(async () => {
    gateway = await startGateway({ env: { JWT_ALGORITHM: 'HS256' } });
    parts = decode((await signIn(gateway, await registerAndVerify(gateway))).accessToken);
    strangerId = (await signIn(gateway, await registerAndVerify(gateway))).user.id;
  });

  it('accepts a token forged like the genuine one (control for the refusals below)', async () => {
    expect(parts.header.alg).toBe('HS256');
    expect(mac(parts.signed)).toEqual(parts.signature);
    const token = signed({ jti: randomUUID(), iat: now(), exp: now() + 60 });
    expect(expectData(await gateway.client.run(MeDocument, {}, { token })).me?.id).toBe(parts.claims.sub);
  });

  it('does not publish the secret as a key', async () => {
    const { text } = await send(`${gateway.url}/.well-known/jwks.json`);
    expect(text).not.toMatch(/"k"\s*:|"oct"/);
  });

  for (const claim of ['iss', 'aud', 'exp', 'iat', 'sub', 'sid', 'jti']) {
    it(`refuses a token without ${claim}`, async () => {
      expect(await expectRefused(gateway, signed({ [claim]: undefined }))).toBe('TOKEN_INVALID');
    });

    it(`refuses a ${claim} of the wrong type`, async () => {
      for (const value of [null, {}, [], true]) {
        expect(await expectRefused(gateway, signed({ [claim]: value })), JSON.stringify(value)).toBe(
          'TOKEN_INVALID',
        );
      }
    });
  }

  it('refuses another issuer', async () => {
    for (const iss of ['http://evil.example', `${parts.claims.iss}/`, `${parts.claims.iss}.evil.example`]) {
      expect(await expectRefused(gateway, signed({ iss }))).toBe('TOKEN_INVALID');
    }
  });

  it('refuses another audience', async () => {
    for (const aud of ['another', 'gateway2', ['another'], 'GATEWAY']) {
      expect(await expectRefused(gateway, signed({ aud }))).toBe('TOKEN_INVALID');
    }
  });

  it('refuses an expired token', async () => {
    const expired = signed({ iat: now() - 120, exp: now() - 60 });
    expect(await expectRefused(gateway, expired)).toBe('TOKEN_EXPIRED');
    expect(await expectRefused(gateway, signed({ exp: 0 }))).toBe('TOKEN_EXPIRED');
  });

  it('refuses a token from the future', async () => {
    expect(await expectRefused(gateway, signed({ iat: now() + 60, exp: now() + 600 }))).toBe('TOKEN_INVALID');
    expect(await expectRefused(gateway, signed({ nbf: now() + 60 }))).toBe('TOKEN_INVALID');
  });

  it("refuses another user's subject, and an unknown one", async () => {
    for (const sub of [strangerId, randomUUID(), '', "' or '1'='1", 'x'.repeat(3000), '\0']) {
      expect(await expectRefused(gateway, signed({ sub }))).toBeOneOf(['TOKEN_INVALID', 'SESSION_REVOKED']);
    }
  });

  it('refuses an unknown session', async () => {
    for (const sid of [randomUUID(), '', 'unknown', "' or '1'='1", 'x'.repeat(3000), '\0']) {
      expect(await expectRefused(gateway, signed({ sid }))).toBeOneOf(['TOKEN_INVALID', 'SESSION_REVOKED']);
    }
  });

  it('refuses another type', async () => {
    for (const typ of [undefined, 'JWT', 'rt+jwt', 'at', '', null]) {
      expect(await expectRefused(gateway, signed({}, { typ })), String(typ)).toBe('TOKEN_INVALID');
    }
  });

  it('refuses critical extensions (crit)', async () => {
    for (const crit of [['exp'], ['urn:example:unknown'], [], 'exp', null]) {
      const header = { crit, 'urn:example:unknown': 1 };
      expect(await expectRefused(gateway, signed({}, header)), JSON.stringify(crit)).toBe('TOKEN_INVALID');
    }
  });

  it('refuses another algorithm over the same secret', async () => {
    for (const [alg, hash] of [
      ['HS384', 'sha384'],
      ['HS512', 'sha512'],
    ] as const) {
      const token = forge({ ...parts.header, alg }, parts.claims, (bytes) =>
        createHmac(hash, gateway.env.JWT_SECRET_KEY ?? '')
          .update(bytes)
          .digest(),
      );
      expect(await expectRefused(gateway, token)).toBe('TOKEN_INVALID');
    }
    expect(await expectRefused(gateway, forge({ ...parts.header, alg: 'none' }, parts.claims, none))).toBe(
      'TOKEN_INVALID',
    );
  });

  it('refuses a token keyed with a secret for another purpose', async () => {
    for (const name of ['JWT_REFRESH_SECRET_KEY', 'ENCRYPTION_KEY']) {
      const other = (bytes: Buffer) =>
        createHmac('sha256', gateway.env[name] ?? '')
          .update(bytes)
          .digest();
      expect(await expectRefused(gateway, forge(parts.header, parts.claims, other))).toBe('TOKEN_INVALID');
    }
  });
});
