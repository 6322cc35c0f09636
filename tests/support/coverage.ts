import { readFile } from 'node:fs/promises';
import v8 from '@vitest/coverage-v8';
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js';
import type { CoverageProviderModule } from 'vitest/node';

/**
 * The tests run the compiler's output, not vitest's: positions refer to the built file, and its source map leads to
 * the sources.
 */
class BuiltCoverageProvider extends V8CoverageProvider {
  override async transformFile(url: string) {
    const [code, map] = await Promise.all([readFile(url, 'utf8'), readFile(`${url}.map`, 'utf8')]);
    return { code, map: JSON.parse(map) };
  }
}

export default {
  ...v8,
  getProvider: async () => new BuiltCoverageProvider(),
} satisfies CoverageProviderModule;
