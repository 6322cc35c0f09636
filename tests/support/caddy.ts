import { spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAtEnd } from './at-end.js';
import { end, endWithUs } from './child.js';
import { createClient } from './client.js';
import { freshFolder, type Gateway } from './gateway.js';
import { send } from './http.js';
import { interpolate, yamlOf } from './manifests.js';
import { freePort, until } from './wait.js';

export const hasCaddy = spawnSync('caddy', ['version']).status === 0;

/** The Caddyfile of `compose.yaml`, at this URL and before these gateways. */
function caddyfile(url: string, gateways: readonly Gateway[]): string {
  const text = interpolate(yamlOf('compose.yaml').configs.caddyfile.content, { FRONTEND_URL: url });
  const placed = gateways.reduce(
    (changed, { port }, index) => changed.replace(`gateway-${index + 1}:4000`, `127.0.0.1:${port}`),
    text,
  );
  return `{\n  admin off\n}\n${placed}`;
}

/** Starts Caddy as `compose.yaml` does, by HTTP; returns what a client sees as the gateway. */
export async function startCaddy(gateways: readonly [Gateway, Gateway]): Promise<Gateway> {
  const folder = await freshFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, 'Caddyfile');
  await writeFile(file, caddyfile(url, gateways));
  const args = ['run', '--config', file, '--adapter', 'caddyfile'];
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn('caddy', args, { cwd: folder, env, stdio: 'ignore' });
  endWithUs(child);
  stopAtEnd(() => end(child, 'SIGTERM', 5000));
  await until('Caddy to pass requests on', () =>
    send(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  return { ...gateways[0], url, port, client: createClient(url) };
}
