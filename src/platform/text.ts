/**
 * Folds letter case by Unicode's default rules (full case folding, Unicode §3.13), independent of any locale.
 * Works character by character, so that a part of a text folds to a part of the folded text.
 *
 * Upper case expands `ß` to `SS`. The dotless `ı` is kept out of it, because it does not fold to `i`. The final
 * `ς` is made `σ`, because JavaScript lowers `Σ` by its place in the word.
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
 * The form in which texts are stored for search, and searched for: composed (NFC) and case-folded. All four letters
 * i of Turkish (`I ı İ i`) are one: people fold them by their own language's rule, and would not find each other.
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
