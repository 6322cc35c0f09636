import { defineConfig } from 'vitest/config';

/**
 * One file at a time: each drives processes of its own and some compare timings by rank, which another file's
 * hashing on the same two cores would blur.
 */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/**/*.test.{ts,tsx}'],
    globalSetup: ['tests/support/global-setup.ts'],
    reporters: ['default', './tests/support/reporter.ts'],
    fileParallelism: false,
    // Some tests compare timings or wait for other processes, on machines that are shared: once more, before a
    // failure stands.
    retry: process.env.CI ? 1 : 0,
    // @apollo/gateway would ask the network whether it runs in Google's cloud.
    env: { METADATA_SERVER_DETECTION: 'none' },
    // The built gateway is imported as Node does it: with the same `graphql` as TypeGraphQL's.
    server: { deps: { external: [/\/dist\/src\//] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
