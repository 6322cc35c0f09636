import { badInput } from '../platform/error.js';
import type { Keyring } from '../platform/keyring.js';

/** Where a row stands in an order: the value it is sorted by, and its id. */
export interface Position {
  readonly value: string | null;
  readonly id: string;
}

const MAC_BYTES = 16;

/**
 * Cursors: opaque to clients, signed, and good for one order only. A cursor that somebody made up, or took from
 * a list of another order, is refused rather than read as some place in this one.
 */
export class Cursors {
  constructor(readonly keyring: Keyring) {}

  /** @param order names list, field and direction */
  encode(order: string, { value, id }: Position): string {
    const body = Buffer.from(JSON.stringify([value, id]));
    return Buffer.concat([this.#mac(order, body), body]).toString('base64url');
  }

  /** @throws AuthError BAD_USER_INPUT */
  decode(order: string, cursor: string, field: string): Position {
    const bytes = Buffer.from(cursor, 'base64url');
    const body = bytes.subarray(MAC_BYTES);
    const isOurs =
      bytes.length > MAC_BYTES &&
      bytes.toString('base64url') === cursor &&
      this.keyring.verify(signed(order, body), bytes.subarray(0, MAC_BYTES), MAC_BYTES);
    if (!isOurs) throw badInput({ field, message: 'Is not a cursor of this list.' });
    const [value, id] = JSON.parse(body.toString()) as [string | null, string];
    return { value, id };
  }

  #mac(order: string, body: Buffer): Buffer {
    return this.keyring.sign(signed(order, body)).subarray(0, MAC_BYTES);
  }
}

function signed(order: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${order}\0`), body]);
}
