import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Brand } from '../platform/brand.js';
import { escapeHtml } from '../platform/text.js';

export type PageGroup = 'account' | 'console';

export interface PagesDeps {
  readonly pages: readonly PageGroup[];
  readonly brand: Brand;
}

/** The output of the build of `src/web`. */
const FOLDER = new URL('../../web/', import.meta.url);
const MARK = '<!-- The gateway writes the brand and the settings here. -->';

/** A worker runs under the policy of its own file, not of the page. */
const ASSET_POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'";

const SIGN_IN_PATHS = [
  '/sign-in',
  '/register',
  '/forgot-password',
  '/verify-email',
  '/reset-password',
  '/accept-invitation',
  '/signed-in',
];

/** Serves the gateway's own pages. Only imported if PAGES names some. */
export async function servePages(app: FastifyInstance, deps: PagesDeps): Promise<void> {
  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL('assets/', FOLDER)),
    prefix: '/pages/assets/',
    // The name of an asset has a hash of its content.
    immutable: true,
    maxAge: '1y',
    preCompressed: true,
    index: false,
    decorateReply: false,
    setHeaders: (reply) => void reply.header('content-security-policy', ASSET_POLICY),
  });
  await servePage(app, deps, 'sign-in', SIGN_IN_PATHS);
  await servePage(app, deps, 'account', ['/account']);
  if (deps.pages.includes('console')) await servePage(app, deps, 'console', ['/console', '/console/*']);
  app.get('/', async (_request, reply) => reply.redirect('/account'));
}

async function servePage(
  app: FastifyInstance,
  deps: PagesDeps,
  name: string,
  paths: readonly string[],
): Promise<void> {
  // Read for each request, so that `npm run dev` shows a new build; now too, so that a missing build stops the start.
  const read = () => readFile(new URL(`${name}.html`, FOLDER), 'utf8');
  await read();
  const send = async (_request: unknown, reply: FastifyReply) => {
    const nonce = randomBytes(16).toString('base64');
    const html = await read();
    return reply
      .headers({ 'content-security-policy': policyOf(deps.brand, nonce), 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(html.replace(MARK, () => headOf(deps, nonce)));
  };
  for (const path of paths) app.get(path, send);
}

/**
 * The nonce is for the colours of the brand and for the style elements that React Aria adds. Scripts need none: all of
 * them are files of the build.
 */
function policyOf({ logoUrl }: Brand, nonce: string): string {
  const images = logoUrl === undefined ? '' : ` ${new URL(logoUrl).origin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    // QR codes are data: URLs.
    `img-src 'self' data:${images}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function headOf({ brand, pages }: PagesDeps, nonce: string): string {
  const { name, color, colorOnDark, logoUrl, supportUrl } = brand;
  const settings = { brand: { name, logoUrl, supportUrl }, pages };
  // In a script element only `<` can end the element or begin a comment.
  const json = JSON.stringify(settings).replaceAll('<', '\\u003c');
  return `<title>${escapeHtml(name)}</title>
    <meta property="csp-nonce" content="${nonce}" />
    <link rel="icon" href="${iconOf(brand)}" />
    <style nonce="${nonce}">:root { --brand: ${color}; --brand-on-dark: ${colorOnDark} }</style>
    <script type="application/json" id="settings">${json}</script>`;
}

/** The first letter of the name on the colour of the brand. */
function iconOf({ name, color }: Brand): string {
  const letter = [...name][0]?.toUpperCase() ?? '';
  const text = `<text x="16" y="23" font-family="sans-serif" font-size="20" font-weight="bold" text-anchor="middle" fill="#fff">${escapeHtml(letter)}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="${color}"/>${text}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
