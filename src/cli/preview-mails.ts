import { createServer } from 'node:http';
import { ConfigurationError, parseConfig } from '../config.js';
import { brandVariables } from '../config-brand.js';
import { type MailName, mailNames, type RenderedMail, renderMail, templates } from '../mail/index.js';
import type { Brand } from '../platform/brand.js';
import { escapeHtml } from '../platform/text.js';
import { loadEnvironmentFile } from './environment-file.js';

/** `npm run emails`: shows all templates with sample data and the brand of the environment. The only argument is a port. */
const port = Number(process.argv[2] ?? 3100);
const brand = readBrand();

const server = createServer(async (request, response) => {
  const answer = await page(request.url ?? '/').catch((error: Error) => ({
    status: 500,
    type: 'text/plain',
    body: error.stack ?? error.message,
  }));
  response.writeHead(answer.status, {
    'content-type': `${answer.type}; charset=utf-8`,
    'cache-control': 'no-store',
  });
  response.end(answer.body);
});

server.on('error', (error) => {
  console.error(`cannot listen on port ${port}: ${error.message}`);
  process.exitCode = 1;
});
server.listen(port, '127.0.0.1', () => console.log(`Mail previews: http://127.0.0.1:${port}/`));

/** Reads the settings of the brand alone: the others do not matter here. */
function readBrand(): Brand {
  loadEnvironmentFile();
  const names = Object.keys(brandVariables);
  const settings = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  try {
    return parseConfig(settings, (name) => name.padEnd(32, '-')).brand;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.faults.join('\n'));
    process.exit(1);
  }
}

async function page(path: string) {
  if (path === '/') return html(await listOfMails());
  const [, name, format] = /^\/([a-z-]+)\.(html|txt)$/.exec(path) ?? [];
  if (name === undefined || !isMailName(name)) return { status: 404, type: 'text/plain', body: 'Not found.' };
  const mail = await sample(name);
  return format === 'html' ? html(mail.html) : { status: 200, type: 'text/plain', body: mail.text };
}

async function listOfMails(): Promise<string> {
  const entries = await Promise.all(
    mailNames.map(async (name) => {
      const { subject } = await sample(name);
      return `<h2>${name}</h2>
        <p>${escapeHtml(subject)} · <a href="/${name}.html">HTML</a> · <a href="/${name}.txt">text</a></p>
        <iframe sandbox src="/${name}.html" title="${name} as HTML"></iframe>
        <iframe sandbox src="/${name}.txt" title="${name} as text"></iframe>`;
    }),
  );
  const title = `Mails of ${escapeHtml(brand.name)}`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <style>
      body { font-family: sans-serif; margin: 2rem }
      iframe { width: 49%; height: 34rem; border: 1px solid #767676 }
    </style>
    <h1>${title}</h1>${entries.join('')}</html>`;
}

async function sample<N extends MailName>(name: N): Promise<RenderedMail> {
  const { previewProps } = await templates[name]();
  return renderMail({ name, props: previewProps, brand });
}

function isMailName(name: string): name is MailName {
  return (mailNames as string[]).includes(name);
}

function html(body: string) {
  return { status: 200, type: 'text/html', body };
}
