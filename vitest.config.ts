import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

/** These compare times or fill both cores: nothing else may run beside them. */
const SERIAL = [
  'tests/system/attacks/{cost,enumeration,guessing,hostile-text,late-guesses}.test.ts',
  'tests/system/faults/load.test.ts',
];
const BUDGETS = 'tests/browser/pages/sign-in-budget.test.ts';
const LONG_SERIAL = [
  // It accepts no warning in the log, and a slow answer of Redis is one.
  'tests/long/image.test.ts',
  'tests/long/backends/{backlog,growth}.test.ts',
  'tests/long/faults/mixed-load.test.ts',
];

/** Tests name the sources and run what is built of them: the transformer of tests emits no decorator metadata. */
const resolve = {
  alias: [
    { find: /^(?:\.\.\/)+src\/verifier\/(.*)\.js$/, replacement: `${root}dist/verifier/$1.js` },
    { find: /^(?:\.\.\/)+src\/(.*)\.js$/, replacement: `${root}dist/src/$1.js` },
    // As a dependent imports it.
    { find: /^gatehouse\/client$/, replacement: `${root}dist/client/index.js` },
    { find: /^gatehouse\/client\/(.*)$/, replacement: `${root}dist/client/$1.js` },
  ],
};

const shared = {
  environment: 'node',
  // @apollo/gateway would ask the network whether it runs in Google's cloud.
  env: { METADATA_SERVER_DETECTION: 'none' },
  // The built gateway is imported as Node does it: with the same `graphql` as TypeGraphQL's.
  server: { deps: { external: [/\/dist\/(src|client|verifier)\//] } },
  setupFiles: ['tests/support/setup-file.ts'],
  testTimeout: 240_000,
  hookTimeout: 240_000,
};

/** One tier, or a part of it. The tiers run one after the other. */
const project = (groupOrder: number, name: string, include: string[], options: object) => ({
  resolve,
  test: { ...shared, name, include, sequence: { groupOrder }, ...options },
});

// These take minutes: only CI runs them.
const pages = [
  project(5, 'pages', ['tests/browser/pages/*.test.ts'], {
    exclude: [BUDGETS],
    isolate: false,
    maxWorkers: 4,
  }),
  project(6, 'pages, serial', [BUDGETS], { fileParallelism: false }),
];
const long = [
  project(7, 'long', ['tests/long/**/*.test.ts'], { exclude: LONG_SERIAL, maxWorkers: 4 }),
  project(8, 'long, serial', LONG_SERIAL, { fileParallelism: false }),
];

export default defineConfig({
  test: {
    globalSetup: ['tests/support/global-setup.ts'],
    reporters: ['default', './tests/support/reporter.ts'],
    projects: [
      project(0, 'unit', ['tests/*.test.ts', 'tests/unit/**/*.test.ts'], {
        pool: 'threads',
        isolate: false,
        maxWorkers: 2,
      }),
      // The modules of the gateway are loaded once a worker. Most of these files wait more than they compute.
      project(1, 'api', ['tests/api/**/*.test.ts'], { isolate: false, maxWorkers: 4 }),
      project(2, 'system', ['tests/system/**/*.test.ts'], { exclude: SERIAL, maxWorkers: 3 }),
      project(3, 'system, serial', SERIAL, { fileParallelism: false }),
      project(4, 'browser', ['tests/browser/*.test.ts'], { isolate: false, maxWorkers: 3 }),
      ...(process.env.CI ? [...pages, ...long] : []),
    ],
    coverage: {
      provider: 'custom',
      customProviderModule: './tests/support/coverage.ts',
      include: ['dist/src/**/*.js'],
      // Run as programs, by the tests of the system.
      exclude: ['dist/src/cli/**', 'dist/src/http/graphiql.client.js'],
      reporter: ['text-summary', 'json-summary'],
      reportOnFailure: true,
      thresholds: { statements: 86, branches: 76, functions: 87, lines: 88 },
    },
  },
});
