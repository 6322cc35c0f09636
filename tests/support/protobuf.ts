/** A message of Protocol Buffers, read without its schema. */
export interface Message {
  has(field: number): boolean;
  messages(field: number): Message[];
  text(field: number): string;
  hex(field: number): string;
  /** A varint or a fixed number; 0 if the field is missing. */
  number(field: number): bigint;
}

/** @throws RangeError if the bytes are not a message */
export function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const value = (wireType: number): Buffer | bigint => {
    if (wireType === 0) return varint();
    const size = wireType === 1 ? 8 : wireType === 5 ? 4 : Number(varint());
    at += size;
    if (at > bytes.length) throw new RangeError('a field is cut off');
    if (wireType === 1) return bytes.readBigUInt64LE(at - size);
    if (wireType === 5) return BigInt(bytes.readUInt32LE(at - size));
    return bytes.subarray(at - size, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value(tag & 7)]);
  }
  const first = (field: number) => (fields.get(field) ?? [])[0];
  const bytesOf = (field: number) => (first(field) ?? Buffer.alloc(0)) as Buffer;
  return {
    has: (field) => fields.has(field),
    messages: (field) => (fields.get(field) ?? []).map((one) => readMessage(one as Buffer)),
    text: (field) => bytesOf(field).toString(),
    hex: (field) => bytesOf(field).toString('hex'),
    number: (field) => (first(field) ?? 0n) as bigint,
  };
}
