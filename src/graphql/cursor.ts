import { badInput } from '../platform/error.js';
import type { Keyring } from '../platform/keyring.js';

/** The position of a row in a sort order: the value that it is sorted by, and its id. */
export interface Position {
  readonly value: string | null;
  readonly id: string;
}

const MAC_BYTES = 16;

/**
 * Signed cursors that are opaque to clients. A cursor is valid for one list in one sort order: a forged cursor, or one
 * from another list, is refused.
 */
export class Cursors {
  constructor(readonly keyring: Keyring) {}

  /** @param order names the list, the sort field and the direction */
  encode(order: string, { value, id }: Position): string {
    const body = Buffer.from(JSON.stringify([value, id]));
    return Buffer.concat([this.#mac(order, body), body]).toString('base64url');
  }

  /** @throws AuthError BAD_USER_INPUT */
  decode(order: string, cursor: string, field: string): Position {
    const bytes = Buffer.from(cursor, 'base64url');
    const body = bytes.subarray(MAC_BYTES);
    const isGenuine =
      bytes.length > MAC_BYTES &&
      bytes.toString('base64url') === cursor &&
      this.keyring.verify(signedText(order, body), bytes.subarray(0, MAC_BYTES), MAC_BYTES);
    if (!isGenuine)
      throw badInput({ field, message: 'Is not a cursor of this list. Use one from its pageInfo or edges.' });
    const [value, id] = JSON.parse(body.toString()) as [string | null, string];
    return { value, id };
  }

  #mac(order: string, body: Buffer): Buffer {
    return this.keyring.sign(signedText(order, body)).subarray(0, MAC_BYTES);
  }
}

function signedText(order: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${order}\0`), body]);
}
