import addressParser from 'nodemailer/lib/addressparser';

/** The author of all mails. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

/**
 * The sender of `FROM_EMAIL`. A name that it contains is kept.
 * @param from `address` or `Name <address>`
 */
export function senderOf(from: string, brandName: string): Sender {
  const [parsed] = addressParser(from, { flatten: true });
  return { name: parsed?.name || brandName, address: parsed?.address ?? from };
}
