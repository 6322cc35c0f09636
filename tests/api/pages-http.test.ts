import { readdir, readFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import Fastify from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { servePages } from '../../src/http/pages.js';
import { FJORD_ENV } from '../support/brands.js';
import type { Gateway } from '../support/gateway.js';
import { startGateway } from '../support/in-process.js';

const ASSETS = fileURLToPath(new URL('../../dist/web/assets/', import.meta.url));
const SIGN_IN = [
  '/sign-in',
  '/register',
  '/forgot-password',
  '/verify-email',
  '/reset-password',
  '/accept-invitation',
  '/signed-in',
];

interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends the path as it is: `fetch` and `URL` would remove `..`. */
function get({ port }: Gateway, path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<Response>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

const policyOf = ({ headers }: Response) =>
  new Map(
    String(headers['content-security-policy'])
      .split('; ')
      .map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources];
      }),
  );

describe('the pages by HTTP', () => {
  let gateway: Gateway;
  let script: string;

  beforeAll(async () => {
    gateway = await startGateway({ listen: true });
    script = (await readdir(ASSETS)).find((name) => /^sign-in-.*\.js$/.test(name)) ?? '';
  });

  it.each([...SIGN_IN, '/account', '/console', '/console/people/4711'])('serves %s', async (path) => {
    const page = await get(gateway, path);
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    expect(page.body.toString()).toContain('<title>');
  });

  it('allows only its own scripts, and styles by a nonce that is used once', async () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const page = await get(gateway, '/sign-in');
      const policy = policyOf(page);
      expect(page.headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
      expect(policy.get('default-src')).toEqual(["'none'"]);
      expect(policy.get('script-src')).toEqual(["'self'"]);
      expect(policy.get('connect-src')).toEqual(["'self'"]);
      expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
      expect(policy.get('base-uri')).toEqual(["'none'"]);
      const [, source = ''] = policy.get('style-src') ?? [];
      const nonce = /^'nonce-([A-Za-z0-9+/]{22}==)'$/.exec(source)?.[1] ?? '';
      expect(page.body.toString()).toContain(`<style nonce="${nonce}">`);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(20);
  });

  it('loads nothing from another host, and has no script in the page itself', async () => {
    const html = (await get(gateway, '/sign-in')).body.toString();
    expect(html.match(/(?:src|href)="(?!\/pages\/assets\/|data:image\/svg)[^"]*"/g)).toBeNull();
    const scripts = [...html.matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes);
    for (const attributes of scripts) expect(attributes).toMatch(/ src="|type="application\/json"/);
    expect(html).not.toMatch(/ on\w+=| style=/);
  });

  it('answers HEAD without a body, and no other method', async () => {
    for (const path of ['/sign-in', `/pages/assets/${script}`]) {
      const head = await get(gateway, path, {}, 'HEAD');
      expect(head.status).toBe(200);
      expect(head.body).toHaveLength(0);
      for (const method of ['POST', 'PUT', 'DELETE']) {
        expect((await get(gateway, path, {}, method)).status).toBe(404);
      }
    }
  });

  it('sends assets compressed to browsers that accept Brotli, to be kept for ever', async () => {
    const plain = await readFile(ASSETS + script);
    const compressed = await get(gateway, `/pages/assets/${script}`, {
      'accept-encoding': 'gzip, deflate, br',
    });
    expect(compressed.headers).toMatchObject({
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringMatching(/^(text|application)\/javascript/),
      vary: expect.stringMatching(/accept-encoding/i),
    });
    expect(compressed.body.length).toBeLessThan(plain.length);
    expect(brotliDecompressSync(compressed.body).equals(plain)).toBe(true);
    for (const accepted of ['', 'identity', 'gzip', 'br;q=0']) {
      const sent: Record<string, string> = accepted === '' ? {} : { 'accept-encoding': accepted };
      const { headers, body } = await get(gateway, `/pages/assets/${script}`, sent);
      expect(headers['content-encoding']).toBeUndefined();
      expect(body.equals(plain)).toBe(true);
    }
  });

  it('has a Brotli file beside each asset', async () => {
    const names = await readdir(ASSETS);
    const lacking = names.filter((name) => !name.endsWith('.br') && !names.includes(`${name}.br`));
    expect(lacking).toEqual([]);
  });

  it('serves no file outside the folder of the assets', async () => {
    const up = ['..', '%2e%2e', '.%2e', '..%2f..', '..%5c..', '%252e%252e', '....//', '..;', '..%00'];
    const files = ['sign-in.html', 'src/gatehouse.cjs', '../package.json', 'etc/passwd'];
    for (const one of up) {
      for (const file of files) {
        for (const path of [`/pages/assets/${one}/${file}`, `/pages/assets/x/${one}/${one}/${file}`]) {
          const { status, body } = await get(gateway, path);
          expect(status, path).toBeGreaterThanOrEqual(400);
          expect(status, path).toBeLessThan(500);
          expect(body.toString(), path).not.toMatch(/<!doctype|import\(|"name"|root:/);
        }
      }
    }
    for (const path of [
      '/pages/assets/',
      '/pages/assets',
      '/pages/',
      '/pages/assets//etc/passwd',
      '/pages/sign-in.html',
    ]) {
      expect([403, 404], path).toContain((await get(gateway, path)).status);
    }
  });

  it.each([
    '/sign-in/x',
    '/Sign-in',
    '/accounts',
    '/account/x/y',
    '/pages/assets/no-such-file.js',
    '/consoles',
  ])('answers 404 for %s', async (path) => {
    const { status, headers } = await get(gateway, path);
    expect(status).toBe(404);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
  });

  it('leads from / to the account', async () => {
    const { status, headers } = await get(gateway, '/');
    expect(status).toBe(302);
    expect(headers.location).toBe('/account');
  });

  it('shows the brand, and lets the pages load its logo', async () => {
    const branded = await startGateway({ listen: true, env: FJORD_ENV });
    const page = await get(branded, '/sign-in');
    expect(page.body.toString()).toContain(FJORD_ENV.BRAND_NAME);
    expect(page.body.toString()).toContain(`--brand: ${FJORD_ENV.BRAND_COLOR}`);
    expect(policyOf(page).get('img-src')).toEqual([
      "'self'",
      'data:',
      new URL(FJORD_ENV.BRAND_LOGO_URL).origin,
    ]);
    expect(policyOf(page).get('script-src')).toEqual(["'self'"]);
  });

  it('works behind a front end at another address', async () => {
    const behind = await startGateway({
      listen: true,
      env: { FRONTEND_URL: 'https://app.example.com/base/' },
    });
    for (const path of SIGN_IN) expect((await get(behind, path)).status).toBe(200);
  });

  it('has no console if PAGES names only the account, and no pages if it is none', async () => {
    const [account, none] = await Promise.all([
      startGateway({ listen: true, env: { PAGES: 'account' } }),
      startGateway({ listen: true, env: { PAGES: 'none' } }),
    ]);
    expect((await get(account, '/account')).status).toBe(200);
    expect((await get(account, '/console')).status).toBe(404);
    expect((await get(account, '/sign-in')).body.toString()).toContain('"pages":["account"]');
    for (const path of ['/', ...SIGN_IN, '/account', '/console', `/pages/assets/${script}`]) {
      expect((await get(none, path)).status, path).toBe(404);
    }
  });
});

describe('an attack by the name of the brand', () => {
  const HOSTILE = [
    '</script><script>alert(1)</script>',
    '<!--<script>',
    '"><img src=x onerror=alert(1)>',
    `'"&<>$&$1$\``,
    '\u2028</ScRiPt >',
    '<',
  ];

  it.each(HOSTILE)('%s adds no element to the page', async (name) => {
    const app = Fastify();
    const color = '#1a56db';
    await servePages(app, { pages: ['account'], brand: { name, color, colorOnDark: color } });
    const { body } = await app.inject('/sign-in');
    const plain = (await app.inject('/sign-in')).body;
    const tags = (html: string) => html.match(/<[a-z!/][^>]*/gi)?.map((tag) => tag.split(/[\s>]/)[0]);
    await app.close();
    const harmless = Fastify();
    await servePages(harmless, { pages: ['account'], brand: { name: 'Fjord', color, colorOnDark: color } });
    const expected = tags((await harmless.inject('/sign-in')).body);
    await harmless.close();
    expect(tags(body)).toEqual(expected);
    const json = /<script type="application\/json" id="settings">(.*?)<\/script>/s.exec(plain)?.[1] ?? '';
    expect(JSON.parse(json).brand.name).toBe(name);
  });
});
