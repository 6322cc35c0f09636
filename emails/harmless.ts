const LOOKS_LIKE_A_LINK = /:\/\/|\bwww\.|[\p{L}\p{N}]\.\p{L}{2,}/iu;
const IS_A_USERNAME = /^[a-z0-9._-]{3,32}$/i;
// Controls, and the marks that make text read in another direction than it was written.
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * Text that a stranger may have chosen (a display name, a `User-Agent`), fit to stand in our mail.
 *
 * The attack: somebody signs up, or fails to sign in, with somebody else's address and the text "Claim your
 * prize at evil.example". Escaping does not help, because mail clients make links of plain text, and the mail
 * is truly ours. So the text is cut short, and left out where a client could make a link of it.
 *
 * @returns undefined where the text is best left out
 */
export function harmless(text: string | null | undefined, longest: number): string | undefined {
  const plain = (text ?? '').replace(UNSEEN, ' ').trim();
  if (plain === '') return undefined;
  if (LOOKS_LIKE_A_LINK.test(plain) && !IS_A_USERNAME.test(plain)) return undefined;
  const letters = [...plain];
  return letters.length > longest ? `${letters.slice(0, longest).join('')}…` : plain;
}
