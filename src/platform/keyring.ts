import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Encrypts for storage. `purpose` is authenticated, so that a ciphertext of one purpose cannot be decrypted for another. */
export interface Cipher {
  encrypt(plaintext: string, purpose: string): string;
  /** @throws Error if the text was changed, has another purpose, or was encrypted with an unknown secret */
  decrypt(sealed: string, purpose: string): string;
}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * Keys derived from a list of secrets. The first secret signs and encrypts. All secrets verify and decrypt, so a new first secret leaves existing signatures and ciphertexts valid (ASVS 11.2.2).
 */
export class Keyring implements Cipher {
  readonly #keys: readonly [Key, ...Key[]];

  /** @param label gives each use its own keys, although they have the same secret (RFC 5869 §3.2) */
  constructor(secrets: readonly string[], label: string) {
    const keys = secrets.map((secret) => deriveKey(secret, label));
    if (keys[0] === undefined) throw new TypeError('the list of secrets is empty');
    this.#keys = keys as [Key, ...Key[]];
  }

  /** HMAC-SHA-256 under the first secret. */
  sign(data: Buffer | string): Buffer {
    return mac(this.#keys[0], data);
  }

  /**
   * Whether one of the secrets made this HMAC. Takes constant time for each key.
   * @param length of the HMAC in bytes, if it was truncated
   */
  verify(data: Buffer | string, signature: Buffer, length = 32): boolean {
    return this.#keys.some((key) => {
      const expected = mac(key, data).subarray(0, length);
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    });
  }

  /** AES-256-GCM with a random nonce. The result begins with the id of the key. */
  encrypt(plaintext: string, purpose: string): string {
    const key = this.#keys[0];
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce);
    cipher.setAAD(Buffer.from(purpose));
    const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    return [key.id, nonce, cipher.getAuthTag(), body]
      .map((part) => (typeof part === 'string' ? part : part.toString('base64url')))
      .join('.');
  }

  decrypt(sealed: string, purpose: string): string {
    const [id, nonce, tag, body] = sealed.split('.');
    const key = this.#keys.find((candidate) => candidate.id === id);
    if (key === undefined || nonce === undefined || tag === undefined || body === undefined) {
      throw new Error('cannot decrypt: the ciphertext is malformed, or its secret is not configured');
    }
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, Buffer.from(nonce, 'base64url'), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(purpose));
    decipher.setAuthTag(Buffer.from(tag, 'base64url'));
    return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString(
      'utf8',
    );
  }
}

function deriveKey(secret: string, label: string): Key {
  const derive = (info: string, length: number) => Buffer.from(hkdfSync('sha256', secret, '', info, length));
  return { id: derive(`gatehouse ${label} id`, 4).toString('hex'), bytes: derive(`gatehouse ${label}`, 32) };
}

function mac(key: Key, data: Buffer | string): Buffer {
  return createHmac('sha256', key.bytes).update(data).digest();
}
