import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MailTransport, senderOf } from '../../../src/mail/index.js';
import { createTransport } from '../../../src/mail/transport.js';
import { freshFolder } from '../../support/gateway.js';
import { parseMail } from '../../support/mailbox.js';
import { type MailServer, startMailServer } from '../../support/smtp.js';

const ADDRESS = 'noreply@example.com';

const NAMES = [
  'Fjord Fibre',
  'Smith, Jones & Sons; (Norway) [1] @home',
  "L'Été",
  'شبكة الألياف',
  'Fibre 🚀',
  '👩‍🚀',
  '光纤'.repeat(32),
  '🚀'.repeat(64),
  'x'.repeat(64),
];

let count = 0;
/** Sends a mail, and returns its recipient, which is unique. */
async function send(transport: MailTransport, from: { name: string; address: string }): Promise<string> {
  count += 1;
  const to = `reader-${count}@example.com`;
  await transport.send({
    id: `id-${count}`,
    from,
    to,
    subject: 'Hello',
    html: '<p>Hello</p>',
    text: 'Hello',
  });
  return to;
}

describe('the sender', () => {
  it.each([
    ['noreply@example.com', { name: 'Fjord Fibre', address: ADDRESS }],
    [' <noreply@example.com> ', { name: 'Fjord Fibre', address: ADDRESS }],
    ['"" <noreply@example.com>', { name: 'Fjord Fibre', address: ADDRESS }],
    ['Example <noreply@example.com>', { name: 'Example', address: ADDRESS }],
    ['Example, Inc. <noreply@example.com>', { name: 'Example, Inc.', address: ADDRESS }],
    ['"Example, \\"Inc\\"." <noreply@example.com>', { name: 'Example, "Inc".', address: ADDRESS }],
    ['Älg <noreply@example.com>', { name: 'Älg', address: ADDRESS }],
  ])('of FROM_EMAIL=%s is %j', (from, sender) => {
    expect(senderOf(from, 'Fjord Fibre')).toEqual(sender);
  });
});

/** Tells how a mail to the recipient looked on the wire. */
type Source = (to: string) => Promise<string>;

describe('the From header', () => {
  let server: MailServer;
  const transports: Record<string, { transport: MailTransport; sourceOf: Source }> = {};

  beforeAll(async () => {
    server = await startMailServer();
    const folder = await freshFolder();
    transports.smtp = {
      transport: await createTransport({ kind: 'smtp', host: '127.0.0.1', port: server.port, secure: false }),
      sourceOf: async (to) => (await server.waitForMail(to)).source,
    };
    transports.file = {
      transport: await createTransport({ kind: 'file', folder }),
      sourceOf: async (to) => {
        const name = (await readdir(folder)).find((one) => one.endsWith(`-${to}.eml`)) ?? '';
        return readFile(join(folder, name), 'utf8');
      },
    };
  });

  afterAll(() => Promise.all(Object.values(transports).map(({ transport }) => transport.close())));

  describe.each(['smtp', 'file'])('by %s', (kind) => {
    it.each(NAMES)('carries the name %s as RFC 2047 requires', async (name) => {
      const { transport, sourceOf } = transports[kind] ?? expect.fail(kind);
      const source = await sourceOf(await send(transport, senderOf(ADDRESS, name)));
      const [header] = source.split('\r\n\r\n', 1) as [string];
      const [from, ...others] = header.match(/^From:.*(?:\r\n[ \t].*)*/gim) ?? [];
      expect(others).toEqual([]);
      expect(header, 'ASCII only').toMatch(/^[\r\n\t -~]*$/);
      for (const line of (from ?? '').split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
      for (const [word] of (from ?? '').matchAll(/=\?[^ \r\n]*\?=/g))
        expect(word.length).toBeLessThanOrEqual(75);
      expect(from).toMatch(/ <noreply@example\.com>$/);
      const { headers } = await parseMail(source);
      expect(headers.get('from')).toMatchObject({ value: [{ name, address: ADDRESS }] });
    });

    it('cannot be ended by the name of the brand', async () => {
      const { transport } = transports[kind] ?? expect.fail(kind);
      for (const lineBreak of ['\r\n', '\n', '\r', '\u2028', '\u0000']) {
        const name = `Fjord${lineBreak}Bcc: victim@example.com`;
        await expect(send(transport, { name, address: ADDRESS })).rejects.toThrow(
          'control character in mail name',
        );
      }
    });

    it.each(['"', '" <evil@evil.example>, "', 'Fjord\\', '<evil@evil.example>', 'a@evil.example,'])(
      'stays one address if a name contains %s',
      async (name) => {
        const { transport, sourceOf } = transports[kind] ?? expect.fail(kind);
        const source = await sourceOf(await send(transport, { name, address: ADDRESS }));
        const { headers } = await parseMail(source);
        expect(headers.get('from')).toMatchObject({ value: [{ address: ADDRESS }] });
        expect((headers.get('from') as { value: unknown[] }).value).toHaveLength(1);
      },
    );
  });

  it('by smtp names one sender in the envelope', async () => {
    const { transport, sourceOf } = transports.smtp ?? expect.fail('smtp');
    expect(await sourceOf(await send(transport, senderOf(ADDRESS, 'a@b.example, c')))).toContain(
      'From: "a@b.example, c" <noreply@example.com>',
    );
  });
});

describe('the sender by Resend', () => {
  const bodies: { from: string; to: string[] }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(JSON.parse(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"1"}');
    });
  });
  let transport: MailTransport;

  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    transport = await createTransport({
      kind: 'resend',
      apiKey: 're_test',
      baseUrl: `http://127.0.0.1:${port}`,
    });
  });

  afterAll(() => void server.close());

  // Resend refuses a name in quotes, an encoded word, and special characters.
  it.each([
    ...NAMES.filter((name) => !name.includes(',')).map((name) => [name, name]),
    ['Smith, Jones & Sons; (Norway) [1] @home', 'Smith Jones & Sons Norway 1 home'],
    ['"Example", Inc. <evil@evil.example>', 'Example Inc. evil evil.example'],
  ])('carries the name %s as %s in Unicode', async (name, sent) => {
    const to = await send(transport, senderOf(ADDRESS, name as string));
    expect(bodies.find((body) => body.to[0] === to)?.from).toBe(`${sent} <${ADDRESS}>`);
  });

  it('is the address alone if nothing is left of the name', async () => {
    const to = await send(transport, senderOf(ADDRESS, '(,)'));
    expect(bodies.find((body) => body.to[0] === to)?.from).toBe(ADDRESS);
  });

  it('cannot be ended by the name of the brand', async () => {
    const name = 'Fjord\r\nBcc: victim@example.com';
    await expect(send(transport, { name, address: ADDRESS })).rejects.toThrow(
      'control character in mail name',
    );
  });
});
