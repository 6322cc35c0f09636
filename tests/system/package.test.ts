import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { publint } from 'publint';
import { beforeAll, describe, expect, it } from 'vitest';
import { TEMPLATE_PACKAGES, templateFile } from '../../src/platform/database-template.js';
import {
  execute,
  exportedFiles,
  importedNames,
  type PackedPackage,
  packPackage,
  root,
} from '../support/package.js';

/** Dependencies that the gateway does not import itself: peers of other dependencies. */
const PEERS = ['rate-limiter-flexible', 'react-dom'];
const MB = 1024 * 1024;

describe('the package', () => {
  let packed: PackedPackage;

  beforeAll(async () => {
    packed = await packPackage();
  });

  it('has the program, the migrations, the template of the embedded database, both schema files and the licence', () => {
    const { files, manifest } = packed;
    expect(files).toEqual(
      expect.arrayContaining([
        ...Object.values(manifest.bin),
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'drizzle/meta/_journal.json',
        'schema/api.graphql',
        'schema/schema.graphql',
      ]),
    );
    expect(files).toContain(join('dist', basename(templateFile())));
    const journal = JSON.parse(packed.read('drizzle/meta/_journal.json'));
    const migrations = [
      ...journal.entries.map(({ tag }: { tag: string }) => `drizzle/${tag}.sql`),
      ...readdirSync(join(root, 'drizzle/before')).map((name) => `drizzle/before/${name}`),
    ];
    expect(files.filter((file) => file.endsWith('.sql')).toSorted()).toEqual(migrations.toSorted());
    for (const file of Object.values(manifest.bin))
      expect(packed.read(file)).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('is installed with the versions of the packages that made its template', () => {
    for (const name of TEMPLATE_PACKAGES) {
      const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
      expect(packed.manifest.dependencies[name], name).toBe(version);
    }
  });

  it('has nothing that only development needs', () => {
    const sources = packed.files.filter((file) => /\.[cm]?tsx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file));
    expect(sources).toEqual([]);
    expect(
      packed.files.filter((file) =>
        /(^|\/)(tests?|\.data|\.env.*|node_modules)(\/|$)|\.test\.|snapshot/.test(file),
      ),
    ).toEqual([]);
  });

  it('has only what its manifest lists, and no secret', () => {
    const listed = /^(dist|drizzle|schema)\/|^(CHANGELOG|README)\.md$|^LICENSE$|^package\.json$/;
    expect(packed.files.filter((file) => !listed.test(file))).toEqual([]);
    // A private key, a token of a registry, or a key of Resend or AWS.
    const secret =
      /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n?[A-Za-z0-9+/=]{20}|\bnpm_[A-Za-z0-9]{36}\b|_authToken=\S|\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}|\bAKIA[A-Z0-9]{16}\b/;
    expect(secret.test(`-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}`)).toBe(true);
    expect(packed.files.filter((file) => secret.test(packed.read(file)))).toEqual([]);
    // Folders of the machine that built it.
    expect(packed.files.filter((file) => packed.read(file).includes(root))).toEqual([]);
  });

  it('stays small', () => {
    // A third of it are the pages, which are in the package twice: as they are, and compressed. Another 0.8 MB are the
    // template of the embedded database, which makes the first start quick.
    expect(packed.size).toBeLessThan(4 * MB);
    expect(packed.unpackedSize).toBeLessThan(8 * MB);
  });

  it('has no source map without its sources', () => {
    const incomplete = packed.files
      .filter((file) => file.endsWith('.map'))
      .filter((file) => {
        const { sources, sourcesContent = [] } = JSON.parse(packed.read(file));
        return sources.some(
          (source: string, index: number) =>
            typeof sourcesContent[index] !== 'string' &&
            !packed.files.includes(posix.join(posix.dirname(file), source)),
        );
      });
    expect(incomplete).toEqual([]);
  });

  it('has every file that it exports, and types for every module', () => {
    const { manifest, files } = packed;
    expect(exportedFiles(manifest).filter((file) => !files.includes(file))).toEqual([]);
    expect(manifest.exports['./package.json']).toBe('./package.json');
    for (const [path, target] of Object.entries(manifest.exports)) {
      expect(path, 'a pattern would export more files than were meant').not.toContain('*');
      if (typeof target === 'object') expect(Object.keys(target)[0], path).toBe('types');
    }
  });

  it('depends on what it imports, and on nothing else', () => {
    const { dependencies, peerDependencies = {} } = packed.manifest;
    const imported = new Set(
      packed.files
        .filter((file) => /^dist\/.*\.c?js$/.test(file) && !file.startsWith('dist/graphiql/'))
        .flatMap((file) => [
          ...packed
            .read(file)
            .matchAll(/^(?:.*\b(?:from|import|require\()|\s*import\()\s*\(?["']([^"'.\s][^"'\s]*)["']/gm),
        ])
        .map(([, name = '']) => name)
        .filter((name) => !name.startsWith('node:'))
        .map((name) =>
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        ),
    );
    expect(imported.size).toBeGreaterThan(30);
    const allowed = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
    expect([...imported].filter((name) => !allowed.includes(name))).toEqual([]);
    expect(
      Object.keys(dependencies)
        .filter((name) => !imported.has(name))
        .toSorted(),
    ).toEqual(PEERS);
  });

  it('passes publint', async () => {
    const { buffer, byteOffset, byteLength } = await readFile(packed.tarball);
    const tarball = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    expect((await publint({ pack: { tarball }, strict: true })).messages).toEqual([]);
  });

  it('has types that are right for every module', async () => {
    const args = ['attw', packed.tarball, '--format', 'json'];
    // The exit status is not 0 if there is a finding.
    const { stdout } = await execute('npx', ['--no-install', ...args], {
      cwd: root,
      maxBuffer: 10 * MB,
    }).catch((error) => error as { stdout: string });
    const { analysis, problems = {} } = JSON.parse(stdout);
    const found: { resolutionKind?: string }[] = Object.values(problems).flat() as never;
    // The package has ES modules only, which Node.js 20.19 and later load by `require` too.
    const relevant = found.filter(
      ({ resolutionKind = '' }) => !['node10', 'node16-cjs'].includes(resolutionKind),
    );
    expect(relevant).toEqual([]);
    expect(analysis.packageName).toBe(packed.manifest.name);
    expect(analysis.types !== false).toBe(importedNames(packed.manifest).length > 0);
  });
});
