import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

const shared = {
  environment: 'node',
  // @apollo/gateway would ask the network whether it runs in Google's cloud.
  env: { METADATA_SERVER_DETECTION: 'none' },
  // The built gateway is imported as Node does it: with the same `graphql` as TypeGraphQL's.
  server: { deps: { external: [/\/dist\/src\//] } },
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

/** Tests name the sources and run what is built of them: the transformer of tests emits no decorator metadata. */
const resolve = { alias: [{ find: /^(?:\.\.\/)+src\/(.*)\.js$/, replacement: `${root}dist/src/$1.js` }] };

export default defineConfig({
  test: {
    globalSetup: ['tests/support/global-setup.ts'],
    reporters: ['default', './tests/support/reporter.ts'],
    projects: [
      {
        resolve,
        test: {
          ...shared,
          name: 'unit',
          include: ['tests/*.test.ts', 'tests/unit/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
        },
      },
      {
        resolve,
        test: { ...shared, name: 'api', include: ['tests/api/**/*.test.ts'], maxWorkers: 3 },
      },
      {
        resolve,
        test: {
          ...shared,
          name: 'system',
          include: ['tests/**/*.test.{ts,tsx}'],
          exclude: ['tests/unit/**', 'tests/api/**', 'tests/*.test.ts'],
        },
      },
    ],
  },
});
