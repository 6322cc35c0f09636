/** Includes full stops of other scripts: browsers read `evil。com` as `evil.com` (UTS #46). */
const LOOKS_LIKE_A_LINK =
  /:\/\/|\b(?:mailto|tel|sms):|\bwww[.\u3002\uff0e\uff61]|[^\s.][.\u3002\uff0e\uff61][\p{L}\p{M}]{2}/iu;
// Control characters, and those that change the direction of text.
const CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * A text that a stranger may have chosen (a name, a `User-Agent`), made safe for a mail.
 *
 * Attack: somebody registers, or tries to sign in, with the address of a victim and the name "Claim your prize at
 * evil.example". Then our mail advertises the link. Escaping does not help, because mail clients turn plain text into
 * links. So the text is truncated, and left out if a client could turn it into a link.
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
 * A username for a mail. If it looks like a link (`claim-now.evil.example`), it is truncated at its first dot: its owner
 * still recognises it.
 */
export function printedUsername(username: string): string {
  return looksLikeLink(username) ? `${username.split('.')[0]}…` : username;
}

function looksLikeLink(text: string): boolean {
  return LOOKS_LIKE_A_LINK.test(text.replace(INVISIBLE, ''));
}
