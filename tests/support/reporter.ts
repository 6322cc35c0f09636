import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the suite is skipped. */
    couldNotRun?: string;
  }
}

/**
 * Prints the end of a run: skipped suites with the reason, then the counts. A skipped suite must not look like a
 * passed one. A failed file or hook counts as failed even if none of its tests failed. Writes the failed files to the
 * path in `FAILED_FILES`.
 */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const groups = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const count = (state: string) => tests.filter((test: TestCase) => test.result().state === state).length;
    const broken = groups.filter((group) => group.errors().length > 0).length;

    const withoutRedis = groups.some((group) => group.type === 'suite' && group.name.endsWith(IN_PROCESS));
    if (withoutRedis)
      console.log('Without a redis-server: suites on Postgres ran with the in-process store.');
    for (const group of groups) {
      if (group.type === 'suite' && group.meta().couldNotRun) console.log(couldNotRun(group));
    }
    const failed = modules.filter((module) => !module.ok()).map((module) => `${module.relativeModuleId}\n`);
    if (process.env.FAILED_FILES) writeFileSync(process.env.FAILED_FILES, failed.join(''));
    console.log(`${count('passed')} passed, ${count('failed') + broken + unhandled.length} failed`);
  }
}

/** The suffix of suites that `describeOnPostgres` runs without Redis. */
const IN_PROCESS = '[Postgres, in-process store]';

const couldNotRun = (suite: TestSuite) =>
  `Could not run: ${suite.module.relativeModuleId} › ${suite.fullName}: ${suite.meta().couldNotRun}`;
