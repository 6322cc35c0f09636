import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldCase } from '../../../src/platform/text.js';
import { freshFolder } from '../../support/gateway.js';
import { migratedFolder } from '../../support/templates.js';

/** Postgres 18 folds case by Unicode's table with its built-in provider: an independent implementation. */
describe('foldCase', () => {
  let database: PGlite;
  let expected: Map<number, string>;

  beforeAll(async () => {
    const folder = await freshFolder();
    await migratedFolder(folder);
    const dataDir = join(folder, '.data', 'postgres');
    database = await PGlite.create({ dataDir, extensions: { pg_trgm } });
    const { rows } = await database.query<{ point: number; folded: string }>(
      `select n as point, casefold(chr(n) collate "pg_unicode_fast") as folded
       from generate_series(1, 131071) n
       where n not between 55296 and 57343 and unicode_assigned(chr(n))`,
    );
    expected = new Map(rows.map(({ point, folded }) => [point, folded]));
  });
  afterAll(() => database.close());

  it('equates the same characters as the Unicode table of full case folding', () => {
    const byTable = new Map<string, number[]>();
    const byUs = new Map<string, number[]>();
    for (const [point, folded] of expected) {
      const text = String.fromCodePoint(point);
      // Node may have an older version of Unicode, which lacks the other case of some letters.
      if (!/\p{Assigned}/u.test(text) || !/^\p{Assigned}+$/u.test(folded)) continue;
      byTable.set(folded, [...(byTable.get(folded) ?? []), point]);
      const ours = foldCase(text);
      byUs.set(ours, [...(byUs.get(ours) ?? []), point]);
    }
    const classes = (of: Map<string, number[]>) => [...of.values()].map(String).sort();
    expect(byTable.size).toBeGreaterThan(60_000);
    expect(classes(byUs)).toEqual(classes(byTable));
  });
});
