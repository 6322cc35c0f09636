/** The author of all mails. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

/**
 * The sender of `FROM_EMAIL`. A name that it contains is kept.
 * @param from `address` or `Name <address>`, as the configuration accepts it
 */
export function senderOf(from: string, brandName: string): Sender {
  const [, name = '', address = from.trim()] = /^([^<]*)<([^<>]*)>$/.exec(from.trim()) ?? [];
  return { name: unquoted(name.trim()) || brandName, address: address.trim() };
}

/** The content of a quoted string (RFC 5322 §3.2.4). */
function unquoted(text: string): string {
  const [, quoted] = /^"(.*)"$/.exec(text) ?? [];
  return quoted === undefined ? text : quoted.replaceAll(/\\(.)/g, '$1');
}
