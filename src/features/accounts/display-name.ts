import { badInput } from '../../platform/error.js';

const MAX_LENGTH = 100;
/**
 * Limit in UTF-16 units before NFC. NFC can shrink a text to a quarter, and takes seconds for 100 KB of
 * combining marks.
 */
const MAX_TYPED_LENGTH = MAX_LENGTH * 8;

/** Scripts in which a joiner (U+200C, U+200D) changes the shape of the preceding letter. */
const SCRIPTS_WITH_JOINERS =
  'Adlm Arab Bali Batk Beng Bhks Brah Cakm Cham Chrs Deva Dogr Elym Gong Gonm Gran Gujr Guru Java Kali Khar ' +
  'Khmr Khoj Knda Kthi Lana Laoo Lepc Limb Mahj Mand Mani Mlym Modi Mong Mtei Mymr Nand Newa Nkoo Orya Ougr Phag ' +
  'Phlp Rjng Rohg Saur Shrd Sidd Sind Sinh Sogd Sogo Sund Sylo Syrc Takr Taml Tavt Telu Tibt Tirh Yezi';

/**
 * Invisible characters that a name can need: a joiner after a letter or mark of a script with joiners (RFC
 * 5892 A.1 and A.2, simplified); a variation selector after an ideograph, after a letter of a script with
 * variants, or after an emoji; a joiner between two emoji; the tags of a flag (UTS #51). Each lookbehind
 * reads at most three characters.
 */
const ALLOWED_INVISIBLE = new RegExp(
  [
    `(?<=[${scriptClass(SCRIPTS_WITH_JOINERS)}])\\p{Join_Control}`,
    '(?<=\\p{Extended_Pictographic}[\\ufe0f\\p{Emoji_Modifier}]?)\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{Emoji}\\p{scx=Hani}\\p{scx=Mymr}\\p{scx=Phag}\\p{scx=Mani}])[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]',
    '(?<=\\p{scx=Mong})[\\u180b-\\u180f]',
    '(?<=\\u{1f3f4})[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{3,6}\\u{e007f}',
  ].join('|'),
  'gu',
);

/** Control, format (such as bidi overrides), unassigned and private-use characters, line separators. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** Symbols that look blank: braille blank, object replacement character, null note head. */
const BLANK = /[\u2800\ufffc\u{1d159}]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * Parses a display name: any script, 1 to 100 code points, trimmed and NFC, at least one visible character.
 * Null if the text is empty or blank. Refuses bidi controls and invisible characters that no script or emoji
 * needs, because mails and tables show the name next to other text.
 * @throws AuthError BAD_USER_INPUT
 */
export function parseDisplayName(text: string | null | undefined, field = 'displayName'): string | null {
  const typed = text?.trim() ?? '';
  const name = typed.length > MAX_TYPED_LENGTH ? typed : typed.normalize('NFC');
  if (name === '') return null;
  if ([...name].length > MAX_LENGTH)
    throw badInput({ field, message: `Must have ${MAX_LENGTH} characters or fewer.` });
  const rest = name.replaceAll(ALLOWED_INVISIBLE, '');
  if (!name.isWellFormed() || FORBIDDEN.test(rest) || BLANK.test(rest))
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
