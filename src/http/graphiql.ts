import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { escapeHtml } from '../platform/text.js';

const FOLDER = new URL('../../graphiql/', import.meta.url);
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src data:; connect-src 'self'; frame-ancestors 'none'";

const pageOf = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/graphiql/graphiql.css">
<style>html, body, #graphiql { height: 100%; margin: 0 }</style>
</head>
<body>
<div id="graphiql"></div>
<script src="/graphiql/graphiql.js"></script>
</body>
</html>
`;

/**
 * GraphiQL for development. The build bundles it, so that the page loads nothing from other hosts.
 * @param brandName for the title of the page
 */
export async function graphiqlPage(app: FastifyInstance, brandName: string): Promise<void> {
  const page = pageOf(`${brandName} GraphiQL`);
  const files = { 'graphiql.js': 'text/javascript', 'graphiql.css': 'text/css' };
  for (const [name, type] of Object.entries(files)) {
    const content = await readFile(new URL(name, FOLDER)).catch(() => undefined);
    if (content === undefined) return;
    app.get(`/graphiql/${name}`, async (_request, reply) => reply.type(type).send(content));
  }
  app.get('/graphql', async (request, reply) => {
    if (!(request.headers.accept ?? '').includes('text/html')) return reply.callNotFound();
    return reply.header('content-security-policy', POLICY).type('text/html').send(page);
  });
}
