import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDisplayName } from '../../src/features/accounts/display-name.js';
import { AuthError } from '../../src/platform/error.js';
import { runs } from '../support/runs.js';
import { fastestOfThree } from '../support/timing.js';

const ZWNJ = '\u200c';
const ZWJ = '\u200d';

const ACCEPTED: Readonly<Record<string, string>> = {
  Latin: 'Ængström Łukasz-ÇELİK',
  'Vietnamese with marks': 'Nguyễn Thị Ánh',
  'Irish with an apostrophe': "Séamus O'Brien",
  Greek: 'Οδυσσεύς',
  Cyrillic: 'Дмитрий Ёлкин',
  Arabic: 'محمد عبد الله',
  'Persian with ZWNJ': `علی${ZWNJ}رضا`,
  'Persian with ZWNJ before a space': `خانه${ZWNJ} رضا`,
  'Persian with ZWJ at the end': `ه${ZWJ}`,
  Hebrew: 'דָּוִד בֶּן־גּוּרְיוֹן',
  'Hindi with ZWJ': `क्${ZWJ}षितिज`,
  'Hindi with ZWNJ': `श्${ZWNJ}याम`,
  'Marathi eyelash ra': `तर्${ZWJ}या`,
  'Bengali ya-phala after ra': `র${ZWJ}্যাচেল`,
  'Malayalam chillu at the end': `മോഹന്${ZWJ}`,
  Sinhala: `ශ්${ZWJ}රී චන්ද්${ZWJ}ර`,
  Tamil: 'முருகன்',
  'Kannada with ZWJ': `ರ್${ZWJ}ಯಾ`,
  Thai: 'สมชาย ใจดี',
  Khmer: 'សុខ សុភា',
  Burmese: 'မောင်မောင်',
  'Mongolian with a variation selector': 'ᠪᠠ\u180bᠲᠤ',
  'Mongolian with a vowel separator': 'ᠬᠠᠨ\u180eᠠ',
  Chinese: '张伟',
  'Japanese with an ideographic space': '山田　太郎',
  'Japanese with an ideographic variation': '葛\u{e0100}城',
  Korean: '김민준',
  Cherokee: 'ᏍᏏᏉᏯ',
  Adlam: '𞤀𞤣𞤤𞤢𞤥',
  'rare ideographs': '𠮷田',
  emoji: 'Ada 🚀',
  'a heart with U+FE0F': 'Ada ❤️',
  'a heart as text': 'Ada ❤︎',
  'a keycap': 'Number 1️⃣',
  'a family': '👨‍👩‍👧‍👦',
  'a family with skin tones': '👩🏽‍❤️‍💋‍👨🏿',
  'the rainbow flag': 'Ada 🏳️‍🌈',
  'the pirate flag': '🏴‍☠️',
  'a profession': '👩🏻‍⚕️',
  'a flag of two letters': '🇺🇦',
  'the flag of Scotland': 'Ada 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  'one hundred ideographs': '張'.repeat(100),
  'one hundred letters, decomposed': 'e\u0301'.repeat(100),
  'a single letter': 'X',
  'a digit': '7',
  'a symbol': '★',
};

const REFUSED: Readonly<Record<string, string>> = {
  'a Hangul filler': '\u3164',
  'a half-width Hangul filler': '\uffa0',
  'a Hangul choseong filler': '\u115f',
  'a Hangul jungseong filler': '\u1160',
  'both jamo fillers': '\u115f\u1160',
  'a filler in a name': 'Ada\u3164Lovelace',
  'a braille blank': '\u2800',
  'braille blanks around a letter': '\u2800A\u2800',
  'an object replacement': '\ufffc',
  'a null note head': '\u{1d159}',
  'a combining mark': '\u0301',
  'many combining marks': '\u0301\u0323\u20e3',
  'marks on a space': '\u0301 \u0308',
  'a zero width space': '\u200b',
  'a zero width space in a name': 'Ada\u200bLovelace',
  'a byte order mark in a name': 'Ada\ufeffLovelace',
  'a word joiner': 'Ada\u2060Lovelace',
  'a soft hyphen': 'Ada\u00adLovelace',
  'a grapheme joiner': 'Ada\u034fLovelace',
  'an invisible times': 'Ada\u2062',
  'ZWNJ alone': ZWNJ,
  'ZWJ alone': ZWJ,
  'ZWNJ between Latin letters': `Ada${ZWNJ}Lovelace`,
  'ZWJ between Latin letters': `Ada${ZWJ}Lovelace`,
  'ZWJ at the start': `${ZWJ}علی`,
  'two joiners in a row': `علی${ZWNJ}${ZWNJ}رضا`,
  'ZWJ after an emoji': `👨${ZWJ}`,
  'ZWJ before an emoji': `A${ZWJ}👨`,
  'ZWJ between an emoji and a letter': `👨${ZWJ}A`,
  'U+FE0F after a letter': 'A\ufe0f',
  'U+FE0F alone': '\ufe0f',
  'two variation selectors': '❤\ufe0f\ufe0f',
  'an ideographic variation selector after a Latin letter': 'A\u{e0100}',
  'tags without a flag': 'Ada\u{e0067}\u{e0062}\u{e007f}',
  'tags without an end': '🏴\u{e0067}\u{e0062}\u{e0073}',
  'a long text in tags': `🏴${'\u{e0061}'.repeat(20)}\u{e007f}`,
  'a bidi override': 'Ada\u202eecalevoL',
  'a bidi embedding': '\u202bAda\u202c',
  'a bidi isolate': '\u2067Ada\u2069',
  'a bidi mark': 'Ada\u200f',
  'a line break': 'Ada\nLovelace',
  'a line separator': 'Ada\u2028Lovelace',
  'a paragraph separator': 'Ada\u2029Lovelace',
  NUL: 'Ada\0',
  'an escape sequence': '\u001b[31mAda',
  'a C1 control': 'Ada\u0085x',
  'a lone surrogate': `Ada${String.fromCharCode(0xd83d)}`,
  'a private use character': '\ue000',
  'an unassigned character': '\u{e0fff}',
  'a non-character': 'Ada\uffff',
  '101 letters': 'x'.repeat(101),
  '101 letters, decomposed': 'e\u0301'.repeat(101),
};

const refusal = (text: string) => {
  try {
    return parseDisplayName(text);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    return error.details.fieldErrors;
  }
};

describe('a display name', () => {
  for (const [what, name] of Object.entries(ACCEPTED))
    it(`may be ${what}`, () => expect(parseDisplayName(name)).toBe(name.normalize('NFC')));

  for (const [what, name] of Object.entries(REFUSED))
    it(`must not be or contain ${what}`, () =>
      expect(refusal(name)).toEqual([
        { field: 'displayName', message: expect.stringMatching(/^Must .*\.$/) },
      ]));

  it('is trimmed, and null if empty', () => {
    expect(parseDisplayName(' \u00a0Ada\u3000')).toBe('Ada');
    for (const nothing of ['', ' ', '\u00a0', '\u3000\u2003', null, undefined])
      expect(parseDisplayName(nothing)).toBeNull();
  });

  it('always has a visible character and no stray invisible one, whatever is typed', () => {
    const invisible = fc.constantFrom(
      ...'\u3164\u2800\u115f\u1160\uffa0\u00a0 \u0301\u200b\u200c\u200d\ufe0f\u202e',
    );
    const text = fc.string({
      unit: fc.oneof(invisible, fc.string({ unit: 'grapheme', maxLength: 1 })),
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, (typed) => {
        const result = refusal(typed);
        if (typeof result !== 'string') return;
        expect(result).toMatch(/[\p{L}\p{N}\p{P}\p{S}]/u);
        expect(result).not.toMatch(/[\u3164\u2800\u115f\u1160\uffa0\u200b\u202e]/);
        expect(parseDisplayName(result)).toBe(result);
      }),
      { numRuns: runs(5000) },
    );
  });

  it('is refused within 50 ms if it is 100 KB of hostile text', () => {
    const units = ['a', 'e\u0301\u0323', ' ', ZWJ, `क्${ZWJ}`, `👨${ZWJ}`, '🏴\u{e0067}', '\u180b', '\ufdfa'];
    for (const unit of units) {
      const text = `x${unit.repeat(Math.ceil(1e5 / unit.length))}x`;
      expect(refusal(text)).toEqual([{ field: 'displayName', message: expect.any(String) }]);
      expect(fastestOfThree(() => refusal(text))).toBeLessThan(50);
    }
  });
});
