import { createHash } from 'node:crypto';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { Keyring } from '../../platform/keyring.js';
import type { Log } from '../../platform/log.js';
import type { SigningKeyRow, SigningKeyStore } from './signing-key.store.js';

export interface KeyOptions {
  readonly algorithm: 'EdDSA' | 'ES256' | 'RS256' | 'HS256';
  readonly secrets: readonly string[];
  readonly rotationDays: number;
  readonly accessTokenSeconds: number;
}

export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly key: CryptoKey | Uint8Array;
}

/** Interval at which each node reads the table. */
const RELOAD_SECONDS = 60;
/** Time from the publication of a key to its first signature. Longer than any reload or JWKS cache. */
const PUBLISH_AHEAD_SECONDS = 15 * 60;
const CLOCK_MARGIN_SECONDS = 60;

/**
 * The keys that sign and verify access tokens, loaded from the table into memory. A `kid` can only select one
 * of these keys (RFC 8725 §3.10).
 */
export class SigningKeys {
  readonly #cipher: Keyring;
  #byKid: ReadonlyMap<string, VerificationKey> = new Map();
  #current: VerificationKey | undefined;
  #jwks: { keys: JWK[] } = { keys: [] };
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly store: SigningKeyStore,
    readonly options: KeyOptions,
    readonly log: Log,
  ) {
    this.#cipher = new Keyring(options.secrets, 'signing keys');
  }

  /** Rotates the keys if that is due, which creates the first key, and reloads the table periodically. With HS256 the configured secrets are the keys. */
  async start(): Promise<void> {
    if (this.options.algorithm === 'HS256') return this.#useSecrets();
    await this.rotate();
    this.#timer = setInterval(() => {
      this.#reload().catch((error) => this.log.warn({ err: error }, 'cannot reload the signing keys'));
    }, RELOAD_SECONDS * 1000);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get current(): VerificationKey {
    if (this.#current === undefined)
      throw new TypeError('the signing keys are not loaded: call start() first');
    return this.#current;
  }

  find(kid: string | undefined): VerificationKey | undefined {
    return kid === undefined ? undefined : this.#byKid.get(kid);
  }

  /** The public keys (RFC 7517); empty under HS256. */
  get jwks(): { keys: JWK[] } {
    return this.#jwks;
  }

  /** Adds a key if the newest is too old, unreadable or of another algorithm. Deletes retired keys. */
  async rotate(): Promise<void> {
    if (this.options.algorithm === 'HS256') return;
    await this.store.withLock(async (tx) => {
      const keys = await this.store.list(tx);
      const newest = keys.at(-1);
      const isUsable = newest?.algorithm === this.options.algorithm && this.#canDecrypt(newest);
      if (!isUsable || newest.signsForSeconds > this.options.rotationDays * 86_400) {
        // If no usable key is left, the new key has to sign at once.
        await this.store.insert(tx, await this.#generate(), isUsable ? PUBLISH_AHEAD_SECONDS : 0);
      }
      await this.store.deleteRetired(tx, this.options.accessTokenSeconds + CLOCK_MARGIN_SECONDS);
    });
    await this.#reload();
  }

  async #reload(): Promise<void> {
    const rows = await this.store.list();
    const byKid = new Map<string, VerificationKey>();
    for (const row of rows) {
      const key = (await importJWK(row.publicJwk, row.algorithm)) as CryptoKey;
      byKid.set(row.kid, { kid: row.kid, algorithm: row.algorithm, key });
    }
    // Replaced only after all imports, because requests verify tokens meanwhile.
    this.#byKid = byKid;
    this.#jwks = {
      keys: rows.map((row) => ({ ...row.publicJwk, kid: row.kid, alg: row.algorithm, use: 'sig' })),
    };
    const signing = rows.filter((row) => row.signsForSeconds >= 0 && this.#canDecrypt(row)).at(-1);
    const row = signing ?? rows.at(-1);
    if (row === undefined) throw new Error('the database has no signing key');
    if (row.kid === this.#current?.kid) return;
    const privateJwk = JSON.parse(this.#cipher.decrypt(row.sealedPrivateJwk, row.kid)) as JWK;
    const key = (await importJWK(privateJwk, row.algorithm)) as CryptoKey;
    this.#current = { kid: row.kid, algorithm: row.algorithm, key };
  }

  async #generate() {
    const { algorithm } = this.options;
    const pair = await generateKeyPair(algorithm, { extractable: true });
    const publicJwk = await exportJWK(pair.publicKey);
    const kid = await calculateJwkThumbprint(publicJwk);
    const sealedPrivateJwk = this.#cipher.encrypt(JSON.stringify(await exportJWK(pair.privateKey)), kid);
    return { kid, algorithm, publicJwk, sealedPrivateJwk };
  }

  #canDecrypt(row: SigningKeyRow): boolean {
    try {
      this.#cipher.decrypt(row.sealedPrivateJwk, row.kid);
      return true;
    } catch {
      return false;
    }
  }

  /** HS256: the secrets are the keys. The `kid` is a hash, which does not reveal the secret. */
  #useSecrets(): void {
    const keys = this.options.secrets.map((secret) => {
      const key = new TextEncoder().encode(secret);
      const kid = createHash('sha256').update('gatehouse kid ').update(key).digest('base64url').slice(0, 16);
      return { kid, algorithm: 'HS256', key };
    });
    this.#byKid = new Map(keys.map((key) => [key.kid, key]));
    this.#current = keys[0];
  }
}
