type Json = Record<string, unknown>;

export interface DecodedToken {
  header: Json;
  claims: Json;
  signature: Buffer;
  /** The signed bytes. */
  signed: Buffer;
}

/** The parts of a JWT, without verification. */
export function decode(token: string): DecodedToken {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
  return {
    header: parse(header),
    claims: parse(claims),
    signature: Buffer.from(signature, 'base64url'),
    signed: Buffer.from(`${header}.${claims}`),
  };
}

/** Signs any header and claims. Libraries refuse to create such tokens. */
export function forge(header: Json, claims: Json, sign: (signed: Buffer) => Buffer): string {
  const part = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${sign(Buffer.from(signed)).toString('base64url')}`;
}

/**
 * Replaces one character with one that differs in the highest of its six bits, so that no decoder reads the same
 * bytes.
 */
export function alterAt(token: string, index: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const at = alphabet.indexOf(token[index] ?? '');
  const other = at < 0 ? 'A' : alphabet[at ^ 32];
  return token.slice(0, index) + other + token.slice(index + 1);
}
