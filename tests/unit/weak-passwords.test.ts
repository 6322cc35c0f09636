import 'reflect-metadata';
import { Options } from '@zxcvbn-ts/core';
import { describe, expect, it } from 'vitest';
import * as policy from '../../src/features/passwords/policy.js';
import { STRENGTH_TEXTS } from '../../src/password-rules/strength.js';
import { AuthError } from '../../src/platform/error.js';
import { fastestOfThree } from '../support/timing.js';

const { parseTypedPassword } = policy;
const deps = { breachedPasswords: { contains: async () => false } };
const owner = { username: 'mona.lisa', email: 'gioconda@example.org' };
const checkNewPassword = (password: string) => policy.checkNewPassword(deps, password, owner);
const refusal = async (password: string): Promise<string> => {
  const error = await checkNewPassword(password).catch((thrown: unknown) => thrown);
  expect(error, password).toBeInstanceOf(AuthError);
  return (error as AuthError).details.fieldErrors?.[0]?.message ?? '';
};

describe('a weak password', () => {
  const { warnings, suggestions } = new Options().translations;

  for (const [kind, keys] of Object.entries({ warnings, suggestions })) {
    it(`has a sentence for each of the library's ${kind}`, () => {
      const texts: Record<string, string> = STRENGTH_TEXTS[kind as 'warnings' | 'suggestions'];
      expect(Object.keys(texts).sort()).toEqual(Object.keys(keys).sort());
      for (const [key, text] of Object.entries(texts)) {
        expect(text, key).toMatch(/^[A-Z].* .*\.$/);
      }
    });
  }

  const explained: readonly (readonly [password: string, explanation: RegExp])[] = [
    ['aaaaaaaaaaaaaaaa', /repeats a single character/],
    ['abcabcabcabcabc', /repeats a group of characters/],
    ['abcdefghijklmnop', /sequence/],
    ['qwertyuiopasdf', /keyboard|common password/],
    ['1234567890123456', /./],
    ['passwordpassword', /repeats|common/],
    ['P@ssw0rdP@ssw0rd', /./],
    ['19901990199019901990', /./],
    ['gioconda mona lisa'.slice(0, 4).repeat(5), /./],
  ];
  for (const [password, explanation] of explained) {
    it(`is refused with an explanation: ${password}`, async () => {
      const message = await refusal(password);
      expect(message).toMatch(/^Is too easy to guess\. [A-Z].*\.$/);
      expect(message).toMatch(explanation);
      // No message keys of the library, such as `simpleRepeat`.
      for (const key of [...Object.keys(warnings), ...Object.keys(suggestions)])
        if (/[A-Z]/.test(key)) expect(message).not.toContain(key);
    });
  }

  it('is refused if it contains the username or the address, in any letter case', async () => {
    expect(await refusal('xx-MONA.LISA-yy-zz')).toMatch(/username/);
    expect(await refusal('xx-ＧＩＯＣＯＮＤＡ-yy-zz')).toMatch(/email address/);
  });

  it('is refused within 50 ms if it is 100 KB of hostile text, as a new and as a typed password', async () => {
    await checkNewPassword('a quite Right phrase 12');
    for (const unit of ['a', '\u0301\u0323', '\u0301\u0323\u05b0\u0327', 'ﷺ', 'é', '\0', '👨‍👩‍👧‍👦', ' ']) {
      const password = `a${unit.repeat(Math.ceil(1e5 / unit.length))}`;
      expect(await refusal(password)).toMatch(/^Must /);
      expect(() => parseTypedPassword(password)).toThrow(AuthError);
      const typed = () => expect(() => parseTypedPassword(password)).toThrow(AuthError);
      expect(fastestOfThree(typed)).toBeLessThan(50);
      // The refusal comes before the first await.
      expect(fastestOfThree(() => void checkNewPassword(password).catch(() => {}))).toBeLessThan(50);
    }
  });

  it('is not a long password of decomposed letters', async () => {
    await checkNewPassword('Ein ganz u\u0308bles Wort, '.repeat(8));
    expect(parseTypedPassword('u\u0308'.repeat(256))).toHaveLength(512);
  });
});
