/** Full stops of other scripts count: browsers read `evil。com` as `evil.com` (UTS #46). */
const LOOKS_LIKE_A_LINK =
  /:\/\/|\b(?:mailto|tel|sms):|\bwww[.\u3002\uff0e\uff61]|[^\s.][.\u3002\uff0e\uff61][\p{L}\p{M}]{2}/iu;
// Controls, and invisible characters: some make text read in another direction, others hide a link.
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text that a stranger may have chosen (a name, a `User-Agent`), fit to stand in our mail.
 *
 * Attack: somebody signs up, or fails to sign in, with somebody else's address and the text "Claim your
 * prize at evil.example". Escaping does not help, because mail clients make links of plain text, and the mail
 * is truly ours. So the text is cut short, and left out if a client could make a link of it.
 *
 * @returns undefined if the text is best left out
 */
export function harmless(text: string | null | undefined, longest: number): string | undefined {
  const plain = (text ?? '').replace(UNSEEN, ' ').trim();
  if (plain === '' || readsAsLink(plain)) return undefined;
  const letters = [...plain];
  return letters.length > longest ? `${letters.slice(0, longest).join('')}…` : plain;
}

/**
 * A username as a mail prints it. One that reads as a link (`claim-now.evil.example`) ends at its first dot: whoever
 * chose it still knows it again, and nobody can follow it.
 */
export function printedUsername(username: string): string {
  return readsAsLink(username) ? `${username.split('.')[0]}…` : username;
}

function readsAsLink(text: string): boolean {
  return LOOKS_LIKE_A_LINK.test(text.replace(INVISIBLE, ''));
}
