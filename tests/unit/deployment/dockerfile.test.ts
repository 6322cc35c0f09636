import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextNames, programOf, readDockerfile, type Stage, textsOf } from '../../support/dockerfile.js';
import { textOf } from '../../support/manifests.js';
import { root } from '../../support/package.js';

const stages = readDockerfile();
const image = stages.at(-1) as Stage;
const manifest = JSON.parse(textOf('package.json'));

describe('the Dockerfile', () => {
  it('has the version of Node.js of .nvmrc, in every stage', () => {
    const [, major] = /^ARG NODE_VERSION=(\d+)$/m.exec(textOf('Dockerfile')) ?? [];
    expect(major).toBe(textOf('.nvmrc').trim());
    expect(stages.length).toBeGreaterThan(2);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker replaces it.
    for (const { base } of stages) expect(base).toBe('node:${NODE_VERSION}-bookworm-slim');
  });

  it('runs commands with relative paths only, so that a test can run them elsewhere', () => {
    const commands = stages.flatMap((stage) => textsOf(stage, 'RUN'));
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) expect(command).not.toMatch(/(^|[\s"'=])(\/|~|\.\.)/);
  });

  it('ends with a user that is not root, by number, and copies nothing after that', () => {
    const keywords = image.instructions.map(({ keyword }) => keyword);
    expect(textsOf(image, 'USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
    expect(keywords.slice(keywords.indexOf('USER'))).not.toContain('COPY');
    expect(textsOf(image, 'COPY').join()).not.toContain('--chown');
    expect(textsOf(image, 'RUN')).toEqual([]);
  });

  it('starts the program of the package without a shell', () => {
    expect(programOf(image, 'ENTRYPOINT')).toEqual(['node', manifest.bin.gatehouse]);
    expect(programOf(image, 'CMD')).toEqual(['serve']);
  });

  it('opens the default port', () => {
    const [, port] = /^PORT=(\d+)$/m.exec(textOf('.env.example')) ?? [];
    expect(textsOf(image, 'EXPOSE')).toEqual([port]);
    expect(programOf(image, 'HEALTHCHECK').at(-1)).toContain(`process.env.PORT || ${port}`);
  });

  it('has labels with the name and the licence of the package', () => {
    const [labels = ''] = textsOf(image, 'LABEL');
    expect(labels).toContain(`org.opencontainers.image.title="${manifest.name}"`);
    expect(labels).toContain(`org.opencontainers.image.licenses="${manifest.license}"`);
  });

  it('contains no secret: neither an argument nor a variable is one', () => {
    const named = stages.flatMap((stage) => [...textsOf(stage, 'ARG'), ...textsOf(stage, 'ENV')]).join('\n');
    expect(named).not.toMatch(/SECRET|TOKEN|PASSWORD|_KEY/);
  });
});

describe('.dockerignore', () => {
  it('lets only committed files into the build, and nothing with secrets or data', () => {
    const names = contextNames();
    const tracked = execFileSync('git', ['ls-files', '--', ...names], { cwd: root, encoding: 'utf8' });
    for (const name of names) {
      expect(existsSync(join(root, name)), name).toBe(true);
      expect(tracked, name).toMatch(new RegExp(`^${name.replace('.', '\\.')}(/|$)`, 'm'));
      expect(name).not.toMatch(/^(\.env|\.data|\.git|node_modules|dist|tests|compose)/);
    }
  });
});
