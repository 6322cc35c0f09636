import { badInput } from '../../platform/error.js';

const MAX_LENGTH = 100;
/** UTF-16 units before NFC, which can shrink a text to a quarter and takes seconds for 100 KB of marks. */
const MAX_TYPED_LENGTH = MAX_LENGTH * 8;

/** Scripts in which a joiner (U+200C, U+200D) changes how the letter before it is written. */
const SCRIPTS_WITH_JOINERS =
  'Adlm Arab Bali Batk Beng Bhks Brah Cakm Cham Chrs Deva Dogr Elym Gong Gonm Gran Gujr Guru Java Kali Khar ' +
  'Khmr Khoj Knda Kthi Lana Laoo Lepc Limb Mahj Mand Mani Mlym Modi Mong Mtei Mymr Nand Newa Nkoo Orya Ougr Phag ' +
  'Phlp Rjng Rohg Saur Shrd Sidd Sind Sinh Sogd Sogo Sund Sylo Syrc Takr Taml Tavt Telu Tibt Tirh Yezi';

/**
 * Invisible characters that a name needs: a joiner after a letter or mark of a script that has them (RFC 5892 A.1
 * and A.2, simplified); variation selectors after an ideograph, a letter of a script that has them, or an emoji;
 * a joiner between two emoji; the tags of a flag (UTS #51). Lookbehinds look at three characters at most.
 */
const NEEDED = new RegExp(
  [
    `(?<=[${scriptClass(SCRIPTS_WITH_JOINERS)}])\\p{Join_Control}`,
    '(?<=\\p{Extended_Pictographic}[\\ufe0f\\p{Emoji_Modifier}]?)\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{Emoji}\\p{scx=Hani}\\p{scx=Mymr}\\p{scx=Phag}\\p{scx=Mani}])[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]',
    '(?<=\\p{scx=Mong})[\\u180b-\\u180f]',
    '(?<=\\u{1f3f4})[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{3,6}\\u{e007f}',
  ].join('|'),
  'gu',
);

/** Controls, formats (bidi overrides among them), unassigned and private characters, line separators. */
const NOT_ALLOWED = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** Characters that look blank although they count as symbols: braille blank, replacement object, null note head. */
const BLANK = /[\u2800\ufffc\u{1d159}]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * A display name: any script, 1 to 100 code points, trimmed and NFC, at least one visible character. Null if it is
 * empty or only spaces. Bidi controls and invisible characters that no script or emoji needs are refused, because
 * a name is printed in mails and tables beside other people's.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseDisplayName(text: string | null | undefined, field = 'displayName'): string | null {
  const typed = text?.trim() ?? '';
  const name = typed.length > MAX_TYPED_LENGTH ? typed : typed.normalize('NFC');
  if (name === '') return null;
  if ([...name].length > MAX_LENGTH)
    throw badInput({ field, message: `Must have ${MAX_LENGTH} characters or fewer.` });
  const rest = name.replaceAll(NEEDED, '');
  if (!name.isWellFormed() || NOT_ALLOWED.test(rest) || BLANK.test(rest))
    throw badInput({ field, message: 'Must not contain invisible or control characters.' });
  if (!VISIBLE.test(rest)) throw badInput({ field, message: 'Must contain a visible character.' });
  return name;
}

function scriptClass(scripts: string): string {
  return scripts
    .split(' ')
    .map((script) => `\\p{scx=${script}}`)
    .join('');
}
