import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSearchText } from '../../src/features/accounts/search-text.js';
import { foldCase, foldForSearch } from '../../src/platform/text.js';
import { runs } from '../support/runs.js';

describe('foldCase', () => {
  it('folds a substring to a substring of the folded text', () => {
    const unit = fc.constantFrom(...'ΣσςΑαİıIißẞŁłǰKkſsÉé\u0301 -');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), fc.nat(12), fc.nat(12), (text, from, length) => {
        expect(foldCase(text)).toContain(foldCase(text.slice(from, from + length)));
      }),
      { numRuns: runs(5000) },
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(foldCase(foldCase(text))).toBe(foldCase(text));
      }),
      { numRuns: runs(5000) },
    );
  });
});

describe('the search text', () => {
  const found = (search: string, user: Parameters<typeof buildSearchText>[0]) =>
    buildSearchText(user).includes(foldForSearch(search));
  const user = {
    username: 'Iris_1',
    displayName: 'Zoë ΟΔΥΣΣΕΥΣ Groß İnci',
    email: 'Zoe@xn--bcher-kva.example',
  };

  it('matches every field in every letter case, composed or decomposed', () => {
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

  it('does not repeat equal values', () => {
    expect(buildSearchText({ username: 'ada', displayName: null, email: 'ada@example.org' })).toBe(
      'ada\n\nada@example.org',
    );
  });
});

describe('case conversion', () => {
  /** Files that convert the case of something other than user input. */
  const OTHERS: Readonly<Record<string, string>> = {
    'src/platform/text.ts': 'foldCase itself',
    'src/features/accounts/user.table.ts': 'folded(), the same for columns',
    'src/features/accounts/email-address.ts': 'an ASCII domain',
    'src/features/accounts/user.store.ts': 'a UUID',
    'src/cli/seed-users.ts': 'made-up names in ASCII',
    'src/http/pages.ts': 'a letter of an icon',
    'src/http/socket-upgrade.ts': 'names of headers',
    'src/platform/secrets.ts': 'the name of a file',
    'src/config-brand.ts': 'hex digits',
    'src/config-identity-providers.ts': 'ids and domains in ASCII',
    'src/features/recovery-codes/recovery-code.ts': 'base32',
    'src/features/passwords/breached-passwords.ts': 'hex digits',
    'src/features/passwords/password-range.ts': 'hex digits',
    'src/platform/traced-clients.ts': 'keywords of SQL',
  };

  it('is used in foldCase and the listed files only', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => `src/${file}`)
      // Pages show texts, and compare none.
      .filter((file) => !file.startsWith('src/web/'));
    const folding = files.filter((file) =>
      /\.to(?:Locale)?(?:Lower|Upper)Case\(|\blower\(|\bupper\(|ILIKE/i.test(readFileSync(file, 'utf8')),
    );
    expect(folding.sort()).toEqual(Object.keys(OTHERS).sort());
  });
});
