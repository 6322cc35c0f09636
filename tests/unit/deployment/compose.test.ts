import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  blocksOf,
  interpolate,
  type Manifest,
  productionFaults,
  STOP_SECONDS,
  textOf,
  VARIABLE_NAMES,
  yamlOf,
} from '../../support/manifests.js';

/** How long the proxy keeps a connection that the gateway closes (docs/operations.md). */
const IDLE_SECONDS = 65;

const compose = yamlOf('compose.yaml');
const services: Record<string, Manifest> = compose.services;
const gateways = ['gateway-1', 'gateway-2'];
const gateway = services['gateway-1'];
const caddyfile: string = compose.configs.caddyfile.content;
const seconds = (text: string) => Number(/^(\d+)s$/.exec(text)?.[1]);

describe('the command that makes the secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'));
  const [command = ''] = blocksOf('docs/deployment.md', 'sh');
  const file = join(folder, '.env');
  let secrets: Record<string, string | undefined>;

  beforeAll(() => {
    execFileSync('sh', ['-c', command], { cwd: folder });
    secrets = parseEnv(readFileSync(file, 'utf8'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes a different one of 32 random bytes for each name', () => {
    const values = Object.values(secrets);
    expect(new Set(values).size).toBe(7);
    for (const value of values) expect(value).toMatch(/^[0-9a-f]{64}$/);
  });

  it('lets only its owner read the file', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('does not replace secrets that exist', () => {
    const before = readFileSync(file, 'utf8');
    expect(() => execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'pipe' })).toThrow(/\.env/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('makes everything that the gateways of compose.yaml need in production', () => {
    for (const name of gateways) {
      const environment = Object.entries(services[name].environment).map(([setting, value]) => [
        setting,
        interpolate(value, secrets),
      ]);
      expect(productionFaults(Object.fromEntries(environment))).toEqual([]);
    }
  });

  it('leaves no variable of compose.yaml without a value or a default', () => {
    const needed = [...textOf('compose.yaml').matchAll(/\$\{(\w+)(?::\?[^}]*)?\}/g)].map(([, name]) => name);
    expect(new Set(needed)).toEqual(new Set(Object.keys(secrets)));
  });
});

describe('compose.yaml', () => {
  it('names only settings of the gateway', () => {
    const inner = [...textOf('compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    const named = new Set([...inner, ...gateways.flatMap((name) => Object.keys(services[name].environment))]);
    // It belongs to the Postgres image.
    named.delete('POSTGRES_PASSWORD');
    expect(named.size).toBeGreaterThan(15);
    expect([...named].filter((name = '') => !VARIABLE_NAMES.includes(name))).toEqual([]);
  });

  it('gives a stopping gateway the time to finish', () => {
    const notice = gateway.environment.SHUTDOWN_NOTICE_SECONDS;
    expect(seconds(gateway.stop_grace_period)).toBeGreaterThan(notice + STOP_SECONDS);
    const [, interval = ''] = /health_interval (\S+)/.exec(caddyfile) ?? [];
    const [, timeout = ''] = /health_timeout (\S+)/.exec(caddyfile) ?? [];
    expect(notice).toBeGreaterThan(seconds(interval) + seconds(timeout));
  });

  it('has a proxy that asks for readiness, keeps browsers on a release, and closes idle connections first', () => {
    expect(caddyfile).toMatch(/^\s*reverse_proxy gateway-1:4000 gateway-2:4000 \{$/m);
    expect(caddyfile).toMatch(/^\s*health_uri \/readyz$/m);
    expect(caddyfile).toMatch(/^\s*lb_policy cookie$/m);
    expect(caddyfile).toMatch(/^\s*respond \/metrics 404$/m);
    expect(seconds(/keepalive (\S+)/.exec(caddyfile)?.[1] ?? '')).toBeLessThan(IDLE_SECONDS);
  });

  it('trusts the network of the proxy, in which no database is', () => {
    const [{ subnet }] = compose.networks.public.ipam.config;
    expect(gateway.environment.TRUST_PROXY).toBe(subnet);
    expect(services.proxy.networks).toEqual(['public']);
    for (const name of ['postgres', 'redis']) expect(services[name].networks).toEqual(['private']);
    expect(compose.networks.private.internal).toBe(true);
  });

  it('opens no port of a gateway or database, and shows the mails on this machine only', () => {
    for (const name of [...gateways, 'postgres', 'redis']) expect(services[name].ports, name).toBeUndefined();
    for (const port of services.mailpit.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('waits only for services that have a health check', () => {
    const waits = Object.values(services).flatMap(({ depends_on = {} }) => Object.entries(depends_on));
    expect(waits.length).toBeGreaterThan(4);
    for (const [name, wait] of waits) {
      expect(wait, name).toEqual({ condition: 'service_healthy' });
      // The health check of the gateways is that of the image.
      if (!gateways.includes(name)) expect(services[name].healthcheck?.test, name).toBeDefined();
    }
  });

  it('runs gateways that cannot write, gain rights or use capabilities', () => {
    for (const name of gateways) {
      const { read_only, cap_drop, security_opt } = services[name];
      expect([read_only, cap_drop, security_opt]).toEqual([true, ['ALL'], ['no-new-privileges:true']]);
    }
  });

  it('pins the version of every other image', () => {
    const images = Object.values(services).map(({ image }) => image);
    for (const image of images) if (image !== 'gatehouse') expect(image).toMatch(/:v?\d/);
  });
});
