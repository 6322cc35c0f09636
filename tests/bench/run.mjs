// Bundles the benchmark and runs it: `npm run bench`. What it names of `src` is what is built of it.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
// As deep as the sources, which find the repository and the peers by `import.meta.url`.
const outfile = path('../generated/bench.mjs');

const built = {
  name: 'built',
  setup({ onResolve }) {
    onResolve({ filter: /^(\.\.\/)+src\/.*\.js$/ }, ({ path: name }) => {
      const file = name.replace(/^(\.\.\/)+src\//, '').replace(/^(?!verifier\/)/, 'src/');
      return { path: `../../dist/${file}`, external: true };
    });
  },
};
await build({
  entryPoints: [path('main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  plugins: [built],
});
await import(outfile);
