import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const MAX_BYTES = 6 * 1024;

const file = (name: string) => fileURLToPath(new URL(`../../../dist/client/${name}.js`, import.meta.url));

async function bundle(name: string, external: string[] = []) {
  const { outputFiles, metafile } = await build({
    entryPoints: [file(name)],
    external,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
  });
  return { code: outputFiles[0]?.contents ?? new Uint8Array(), inputs: Object.keys(metafile.inputs) };
}

describe('the bundled client', () => {
  it('has at most 6 KB gzipped', async () => {
    const { code } = await bundle('index');
    const size = gzipSync(code, { level: 9 }).length;
    expect(size).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('contains no package and no code of the gateway', async () => {
    const { inputs } = await bundle('index');
    expect(inputs.length).toBeGreaterThan(5);
    expect(inputs.filter((input) => !input.startsWith('dist/client/'))).toEqual([]);
  });

  it.each([
    ['apollo', ['@apollo/client', '@apollo/client/errors']],
    ['urql', ['@urql/core']],
  ])('contains no package in gatehouse/client/%s either', async (name, external) => {
    const { inputs } = await bundle(name, external);
    expect(inputs.filter((input) => !input.startsWith('dist/client/'))).toEqual([]);
  });
});
