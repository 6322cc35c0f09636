/**
 * Folds case by Unicode's default rules (full case folding, Unicode §3.13), independent of any locale. The fold of a
 * part of a text is a part of the folded text, so that search finds it.
 *
 * The upper case of `ß` is `SS`, hence the detour. `ı` is left out, because its upper case `I` would become `i`. A final
 * `ς` becomes `σ`, because JavaScript chooses between the two by the position in the word.
 */
export function foldCase(text: string): string {
  return text
    .toLowerCase()
    .split('ı')
    .map((part) => part.toUpperCase().toLowerCase())
    .join('ı')
    .replaceAll('ς', 'σ');
}

/**
 * The form of texts for search: composed (NFC) and case-folded. The four letters `I ı İ i` are the same letter, because
 * Turkish folds them differently from other languages, and users of both must find each other.
 */
export function foldForSearch(text: string): string {
  return foldCase(text.normalize('NFC')).replaceAll(/i\u0307|ı/g, 'i');
}

/**
 * The characters that people and their clipboards put into a code: spaces, dashes of any kind, dots, and invisible
 * characters. `\s` and the properties are those of Unicode.
 */
const SEPARATORS =
  /[\s\p{Pd}\p{Cf}\p{Default_Ignorable_Code_Point}\u2212._\u00b7\u2022\u2027\u2219\u30fb]+/gu;

/**
 * A typed code without separators. Compare it with ASCII digits and letters only: `\d` under another flag, or a
 * conversion to a number, would take `１２３４５６` for `123456`, and a code that is compared in one form and stored in
 * another can be used twice.
 */
export function withoutSeparators(typed: string): string {
  return typed.replaceAll(SEPARATORS, '');
}

/** Escapes text for HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
