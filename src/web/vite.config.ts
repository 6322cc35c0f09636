import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const compress = promisify(brotliCompress);
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Writes a Brotli version beside every asset, which the server sends as it is. */
const precompressed = (): Plugin => ({
  name: 'precompressed',
  // Later hooks of the build still change the files.
  async writeBundle({ dir = '.' }, bundle) {
    const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
    await Promise.all(
      assets.map(async (name) => {
        const file = join(dir, name);
        await writeFile(`${file}.br`, await compress(await readFile(file)));
      }),
    );
  },
});

/** The sign-in pages, the account and the console, each with an HTML file. The gateway serves `dist/web`. */
export default defineConfig({
  root: pathOf('.'),
  base: '/pages/',
  plugins: [react(), precompressed()],
  worker: { format: 'es' },
  build: {
    outDir: pathOf('../../dist/web'),
    emptyOutDir: true,
    // The pages must load under a policy that allows no data: URL but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: ['sign-in', 'account', 'console'].map((name) => pathOf(`${name}.html`)),
    },
  },
});
