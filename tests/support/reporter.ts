import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the suite is skipped here. */
    couldNotRun?: string;
  }
}

/**
 * The last words of a run: what this machine could not run and why, then the count. A skipped suite must not look
 * like a passed one, and a file or hook that broke counts as failed although no test of it did. Also lists the files
 * that failed in the file that `FAILED_FILES` names.
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

/** How `describeOnPostgres` names a suite that runs without Redis. */
const IN_PROCESS = '[Postgres, in-process store]';

const couldNotRun = (suite: TestSuite) =>
  `Could not run: ${suite.module.relativeModuleId} › ${suite.fullName}: ${suite.meta().couldNotRun}`;
