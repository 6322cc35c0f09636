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
