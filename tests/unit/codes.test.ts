import { describe, expect, it } from 'vitest';
import {
  hashOfTypedCode,
  hashRecoveryCode,
  newRecoveryCodes,
} from '../../src/features/recovery-codes/recovery-code.js';
import { readCode as readTotp } from '../../src/features/totp/totp.js';
import { fastestOfThree } from '../support/timing.js';

/** Characters that apps, mails and keyboards insert into a code. */
const SEPARATORS: Readonly<Record<string, string>> = {
  'a space': ' ',
  'a no-break space': '\u00a0',
  'a narrow no-break space': '\u202f',
  'a thin space': '\u2009',
  'an ideographic space': '\u3000',
  'a tab': '\t',
  'a line break': '\r\n',
  'a hyphen': '-',
  'a hyphen (U+2010)': '\u2010',
  'a no-break hyphen': '\u2011',
  'a figure dash': '\u2012',
  'an en dash': '\u2013',
  'an em dash': '\u2014',
  'a minus sign': '\u2212',
  'a full-width hyphen': '\uff0d',
  'a small hyphen': '\ufe63',
  'a soft hyphen': '\u00ad',
  'an Arabic hyphen': '\u05be',
  'a dot': '.',
  'a middle dot': '\u00b7',
  'a bullet': '\u2022',
  'an underscore': '_',
  'a zero width space': '\u200b',
  'a zero width joiner': '\u200d',
  'a left-to-right mark': '\u200e',
  'a right-to-left mark': '\u200f',
  'a left-to-right isolate': '\u2066',
  'a word joiner': '\u2060',
  'a byte order mark': '\ufeff',
  'a variation selector': '\ufe0f',
};

/** The factor that accepts a typed code, and the code as that factor reads it. */
function readCode(typed: string) {
  const digits = readTotp(typed);
  if (digits !== undefined) return { method: 'TOTP', digits };
  const hash = hashOfTypedCode(typed);
  return hash && { method: 'RECOVERY_CODE', hash };
}

describe('a typed code', () => {
  const code = newRecoveryCodes()[0] as string;
  const groups = code.split('-');

  for (const [what, separator] of Object.entries(SEPARATORS)) {
    it(`is accepted with ${what} between or around its parts`, () => {
      for (const typed of [
        `123${separator}456`,
        `${separator}123456${separator}`,
        [...'123456'].join(separator),
      ])
        expect(readCode(typed)).toEqual({ method: 'TOTP', digits: '123456' });
      const hash = hashRecoveryCode(code);
      for (const typed of [
        groups.join(separator),
        `${separator}${code}${separator}`,
        groups.join(separator).toLowerCase(),
      ])
        expect(readCode(typed)).toEqual({ method: 'RECOVERY_CODE', hash });
    });
  }

  it('is refused with digits or letters of other scripts', () => {
    const others = [
      '１２３４５６',
      '١٢٣٤٥٦',
      '۱۲۳۴۵۶',
      '१२३४५६',
      '𝟏𝟐𝟑𝟒𝟓𝟔',
      '１23456',
      '①②③④⑤⑥',
      '²23456',
      '123456\u0661',
    ];
    for (const typed of others) expect(readCode(typed), typed).toBeUndefined();
    const letters = code.replaceAll('-', '');
    for (const typed of [
      `Ａ${letters.slice(1)}`,
      `А${letters.slice(1)}`,
      `ı${letters.slice(1)}`,
      `ſ${letters.slice(1)}`,
    ])
      expect(readCode(typed), typed).toBeUndefined();
  });

  it('is refused if it has too few or too many characters', () => {
    for (const typed of [
      '',
      ' ',
      '12345',
      '1234567',
      '123,456',
      '123/456',
      '+123456',
      '1e5',
      '0x1234',
      `${code}A`,
      code.slice(1),
    ])
      expect(readCode(typed), typed).toBeUndefined();
  });

  it('is refused within 50 ms if it is 100 KB of hostile text', () => {
    for (const unit of [' ', '-', '1', 'A', '\u200b', '1 ', '\u0301\u0323']) {
      expect(readCode(unit.repeat(Math.ceil(1e5 / unit.length)))).toBeUndefined();
      expect(fastestOfThree(() => readCode(unit.repeat(Math.ceil(1e5 / unit.length))))).toBeLessThan(50);
    }
  });
});
