import { readFile } from 'node:fs/promises';
import v8 from '@vitest/coverage-v8';
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js';
import type { CoverageProviderModule } from 'vitest/node';

/**
 * The code that runs is the compiler's, not vitest's: its positions are those of the built file, and the map beside
 * it leads to the sources.
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
