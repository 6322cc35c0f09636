import { beforeAll, expect, it } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { expectCode } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';

/**
 * Values of `X-Forwarded-For` behind the proxies 127.0.0.0/8, 10.0.0.0/8 and 2001:db8:ffff::/48, and the client
 * address of each.
 */
const SEEN: [header: string | undefined, address: string][] = [
  [undefined, '127.0.0.1'],
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:51234', '203.0.113.7'],
  ['2001:db8::9', '2001:db8::9'],
  ['[2001:db8::9]', '2001:db8::9'],
  ['[2001:db8::9]:443', '2001:db8::9'],
  ['[2001:DB8:0:0::9%eth0]:443', '2001:db8::9'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:80', '203.0.113.7'],
  // Read from the right, only through trusted proxies, with or without ports and brackets.
  ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
  ['198.51.100.1, 203.0.113.7:80, 10.1.2.3', '203.0.113.7'],
  ['198.51.100.1, 203.0.113.7, 10.1.2.3:8080', '203.0.113.7'],
  ['203.0.113.7,[2001:db8:ffff::1]:443 , 10.1.2.3', '203.0.113.7'],
  ['10.9.9.9, 10.1.2.3', '10.9.9.9'],
  // A malformed entry stops the walk at the proxy that sent it.
  ['unknown', '127.0.0.1'],
  ['203.0.113.7, unknown, 10.1.2.3', '10.1.2.3'],
  ['203.0.113.7, , 10.1.2.3', '10.1.2.3'],
  ['203.0.113.7,', '127.0.0.1'],
  ['203.0.113.7:port', '127.0.0.1'],
  ['203.0.113.256', '127.0.0.1'],
  ['203.0.113', '127.0.0.1'],
  ['3405803783', '127.0.0.1'],
  ['0xcb.0.0x71.7', '127.0.0.1'],
  ['[2001:db8::9', '127.0.0.1'],
  ['[203.0.113.7]', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
];

describeOnPostgresFirst('the client address', ({ start }) => {
  let gateway: Gateway;
  let limited: Gateway;
  let account: Account;

  beforeAll(async () => {
    gateway = await start({ env: { TRUST_PROXY: '127.0.0.0/8, 10.0.0.0/8,2001:db8:ffff::/48' } });
    limited = await start({ env: { TRUST_PROXY: '127.0.0.1', RATE_LIMIT_ENABLED: 'true' } });
    account = await registerAndVerify(gateway);
  });

  for (const [header, address] of SEEN) {
    it(`is ${address} if X-Forwarded-For is ${JSON.stringify(header)}`, async () => {
      const headers: Record<string, string> = header === undefined ? {} : { 'x-forwarded-for': header };
      const { session } = await signIn(gateway, account, {}, { headers });
      expect(session.ipAddress).toBe(address);
    });
  }

  it('has one rate limit for all its ports', async () => {
    const verify = (address: string) =>
      limited.client.runRaw(
        'mutation { verifyEmail(token: "x") { email } }',
        {},
        { headers: { 'x-forwarded-for': address } },
      );
    for (let port = 1; port <= 10; port += 1)
      expectCode(await verify(`203.0.113.7:${port}`), 'TOKEN_INVALID');
    expectCode(await verify('203.0.113.7:11'), 'RATE_LIMITED');
    for (const other of ['203.0.113.8:11', '[2001:db8::9]:443', '[2001:db8:1::9]']) {
      expectCode(await verify(other), 'TOKEN_INVALID');
    }
    // The limit counts an IPv6 /64 as one subscriber.
    for (let host = 1; host <= 9; host += 1) expectCode(await verify(`[2001:db8::${host}]`), 'TOKEN_INVALID');
    expectCode(await verify('2001:db8::ffff'), 'RATE_LIMITED');
  });
});
