import { defineConfig } from 'vitest/config';

/** These compare or bound times, or fill both cores: nothing else may run beside them. */
const ALONE = [
  'tests/attacks/{cost,enumeration,guessing,hostile-text,races}.test.ts',
  'tests/system/faults/{load,mixed-load}.test.ts',
];

/** These wait for up to two minutes and leave the machine idle: they start first, beside others. */
const WAITING = ['tests/system/mail/*.test.ts', 'tests/system/faults/job-queue.test.ts'];

/** What takes minutes. Only CI runs it. */
const LONG = process.env.CI ? [] : ['tests/long/**'];

const shared = {
  environment: 'node',
  // Some tests compare timings or wait for other processes, on machines that are shared: once more, before a
  // failure stands.
  retry: process.env.CI ? 1 : 0,
  // @apollo/gateway would ask the network whether it runs in Google's cloud.
  env: { METADATA_SERVER_DETECTION: 'none' },
  // The built gateway is imported as Node does it: with the same `graphql` as TypeGraphQL's.
  server: { deps: { external: [/\/dist\/src\//] } },
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

/** Each file drives processes of its own. Most wait more than they compute, so a few files run side by side. */
export default defineConfig({
  test: {
    globalSetup: ['tests/support/global-setup.ts'],
    reporters: ['default', './tests/support/reporter.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'waiting',
          include: WAITING,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'together',
          include: ['tests/**/*.test.{ts,tsx}'],
          exclude: [...ALONE, ...WAITING, ...LONG],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
