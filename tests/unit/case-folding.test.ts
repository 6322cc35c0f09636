import { readdirSync, readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchTextOf } from '../../src/features/accounts/search-text.js';
import { foldCase, foldForSearch } from '../../src/platform/text.js';

/** Postgres 18 folds case by Unicode's table with its built-in provider: an independent implementation. */
describe('foldCase', () => {
  let database: PGlite;
  let expected: Map<number, string>;

  beforeAll(async () => {
    database = await PGlite.create();
    const { rows } = await database.query<{ point: number; folded: string }>(
      `select n as point, casefold(chr(n) collate "pg_unicode_fast") as folded
       from generate_series(1, 131071) n
       where n not between 55296 and 57343 and unicode_assigned(chr(n))`,
    );
    expected = new Map(rows.map(({ point, folded }) => [point, folded]));
  });
  afterAll(() => database.close());

  it('makes the same characters equal as the Unicode table of full case folding', () => {
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

  it('folds a part of a text to a part of the folded text', () => {
    const unit = fc.constantFrom(...'ΣσςΑαİıIißẞŁłǰKkſsÉé\u0301 -');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), fc.nat(12), fc.nat(12), (text, from, length) => {
        expect(foldCase(text)).toContain(foldCase(text.slice(from, from + length)));
      }),
      { numRuns: 5000 },
    );
  });

  it('changes nothing when it is applied twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(foldCase(foldCase(text))).toBe(foldCase(text));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the search text', () => {
  const found = (search: string, user: Parameters<typeof searchTextOf>[0]) =>
    searchTextOf(user).includes(foldForSearch(search));
  const user = {
    username: 'Iris_1',
    displayName: 'Zoë ΟΔΥΣΣΕΥΣ Groß İnci',
    email: 'Zoe@xn--bcher-kva.example',
  };

  it('holds every name in every letter case, composed or not', () => {
    const searches = [
      'IRIS_1',
      'iris',
      'Zoe\u0308',
      'ZOE\u0308',
      'zoë',
      'ΟΔΥΣ',
      'οδυσσευς',
      'Οδυσσεύς'.slice(0, 4),
      'gross',
    ];
    for (const search of [
      ...searches,
      'GROSS',
      'groß',
      'GROẞ',
      'İnci',
      'inci',
      'bücher',
      'BÜCHER',
      'bu\u0308cher',
      'zoe@BÜCHER',
      'xn--bcher',
    ])
      expect(found(search, user), search).toBe(true);
    for (const search of ['bucher', 'zoe ']) expect(found(search, user), search).toBe(false);
  });

  it('holds nothing twice', () => {
    expect(searchTextOf({ username: 'ada', displayName: null, email: 'ada@example.org' })).toBe(
      'ada\n\nada@example.org',
    );
  });
});

describe('letter case', () => {
  /** Where something else than what people type is lowered. */
  const OTHERS: Readonly<Record<string, string>> = {
    'src/platform/text.ts': 'foldCase itself',
    'src/features/accounts/user.table.ts': 'folded(), the same for columns',
    'src/features/accounts/email-address.ts': 'an ASCII domain',
    'src/features/accounts/user.store.ts': 'a UUID',
    'src/cli/seed-users.ts': 'made-up names in ASCII',
    'src/http/security-headers.ts': 'names of headers',
    'src/platform/secrets.ts': 'the name of a file',
    'src/features/two-factor/recovery-code.ts': 'base32',
    'src/features/two-factor/typed-code.ts': 'base32',
  };

  it('is folded in one place only', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => `src/${file}`);
    const folding = files.filter((file) =>
      /\.to(?:Locale)?(?:Lower|Upper)Case\(|\blower\(|\bupper\(|ILIKE/i.test(readFileSync(file, 'utf8')),
    );
    expect(folding.filter((file) => OTHERS[file] === undefined)).toEqual([]);
  });
});
