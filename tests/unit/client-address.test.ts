import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { originReader } from '../../src/http/client-address.js';

const read = (trusted: string[], peer: string, forwarded: string | undefined) =>
  originReader(trusted)({
    headers: { 'x-forwarded-for': forwarded },
    socket: { remoteAddress: peer },
  } as unknown as FastifyRequest).ipAddress;

const PROXIES = '10.0.0.0/8';
const proxy = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((rest) => `10.${rest.join('.')}`);
const client = fc.ipV4().filter((address) => !address.startsWith('10.'));
const header = fc.oneof(fc.string(), fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())).map(String));

describe('the client address', () => {
  it('is that of the socket, whatever the client sends, unless the socket is a trusted proxy', () => {
    fc.assert(
      fc.property(client, header, (peer, forwarded) => {
        expect(read([PROXIES], peer, forwarded)).toBe(peer);
        expect(read([], peer, forwarded)).toBe(peer);
      }),
    );
  });

  it('is the one that the first trusted proxy saw, whatever the client put before it', () => {
    fc.assert(
      fc.property(header, client, fc.array(proxy), proxy, (made, address, passed, peer) => {
        expect(read([PROXIES], peer, [made, address, ...passed].join(', '))).toBe(address);
      }),
    );
  });

  it('is always an address', () => {
    fc.assert(
      fc.property(fc.oneof(proxy, client, fc.ipV6(), fc.string()), header, (peer, forwarded) => {
        expect(read([PROXIES, '::/1'], peer, forwarded)).toMatch(/^[0-9a-f.:]+$/);
      }),
    );
  });
});
