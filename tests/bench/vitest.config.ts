import { defineConfig } from 'vitest/config';

/** Benchmarks: with the servers and gateways of the tests, one after another. */
export default defineConfig({
  // What is measured is the built package.
  resolve: {
    alias: [
      {
        find: /^(?:\.\.\/)+src\/verifier\/(.*)\.js$/,
        replacement: new URL('../../dist/verifier/$1.js', import.meta.url).pathname,
      },
    ],
  },
  test: {
    server: { deps: { external: [/\/dist\//] } },
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/bench/*.bench.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['tests/support/setup-file.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
  },
});
