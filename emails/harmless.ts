/** Includes the full stops of other scripts: browsers read `evil。com` as `evil.com` (UTS #46). */
const LINK =
  /:\/\/|\b(?:mailto|tel|sms):|\bwww[.\u3002\uff0e\uff61]|[^\s.][.\u3002\uff0e\uff61][\p{L}\p{M}]{2}/iu;
// Control characters can change the direction of text; invisible characters can hide a link.
const CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text that the recipient has not chosen (a name, a `User-Agent`), made safe for a mail.
 *
 * Attack: somebody registers or signs in with the address of the recipient and the text "Claim your prize at
 * evil.example". The mail comes from us, and mail clients make links of plain text, so escaping does not help. The text is
 * shortened, and left out if a mail client could make a link of it.
 *
 * @returns undefined if the text must be left out
 */
export function harmless(text: string | null | undefined, maxLength: number): string | undefined {
  const plain = (text ?? '').replace(CONTROLS, ' ').trim();
  if (plain === '' || looksLikeLink(plain)) return undefined;
  const letters = [...plain];
  return letters.length > maxLength ? `${letters.slice(0, maxLength).join('')}…` : plain;
}

/**
 * The username for a mail. If it looks like a link (`claim-now.evil.example`), it is cut at the first dot: its owner
 * recognises it, and nobody can follow it.
 */
export function printedUsername(username: string): string {
  return looksLikeLink(username) ? `${username.split('.')[0]}…` : username;
}

function looksLikeLink(text: string): boolean {
  return LINK.test(text.replace(INVISIBLE, ''));
}
