import { createHash, createHmac, randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/bcrypt';
import type { HashingQueue } from './hashing-queue.js';

export interface HashingOptions {
  readonly bcryptCost: number;
  /** The first is used for new hashes, all are accepted. Without one, the HMAC has a constant key. */
  readonly peppers: readonly string[];
}

const SCHEME = 'hs384';
const PLAIN_BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const HMAC_BCRYPT = /^hs384:([0-9a-f]{8}|-):(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;

export interface Verification {
  readonly matches: boolean;
  /** The hash has an earlier scheme, cost or pepper: replace it. */
  readonly needsRenewal: boolean;
}

/**
 * bcrypt over an HMAC of the password, because bcrypt alone uses only the first 72 bytes (ASVS 11.4.2). Stored as
 * `hs384:<id of the pepper>:<bcrypt>`. Plain bcrypt hashes of earlier systems are accepted too.
 */
export class PasswordHashing {
  readonly #dummy: Promise<string>;

  constructor(
    readonly options: HashingOptions,
    readonly queue: HashingQueue,
  ) {
    // A real hash of the current cost: for a malformed one, bcrypt returns at once, and the time would tell.
    this.#dummy = this.#hash(randomBytes(32).toString('base64'));
    this.#dummy.catch(() => {});
  }

  /** @throws AuthError SERVICE_UNAVAILABLE if the queue is full */
  async hash(password: string): Promise<string> {
    const pepper = this.options.peppers[0];
    const digest = preHash(password, pepper);
    return `${SCHEME}:${pepperId(pepper)}:${await this.queue.run(() => this.#hash(digest))}`;
  }

  /**
   * Compares a password with a stored hash. Without one, compares it with a dummy, which takes the same time.
   * @throws AuthError SERVICE_UNAVAILABLE if the queue is full
   */
  async verify(password: string, stored: string | null | undefined): Promise<Verification> {
    const { input, bcrypt, cost, current } = this.#read(password, stored) ?? {
      input: preHash(password, this.options.peppers[0]),
      bcrypt: await this.#dummy,
      cost: this.options.bcryptCost,
      current: undefined,
    };
    const matches = (await this.queue.run(() => verify(input, bcrypt))) && current !== undefined;
    return { matches, needsRenewal: matches && (!current || cost < this.options.bcryptCost) };
  }

  #hash(digest: string): Promise<string> {
    return hash(digest, { cost: this.options.bcryptCost });
  }

  /** The input and hash for bcrypt, and whether scheme and pepper are current; undefined if the hash is not readable. */
  #read(password: string, stored: string | null | undefined) {
    // Earlier systems hashed the password without normalisation.
    const plain = PLAIN_BCRYPT.exec(stored ?? '');
    if (plain !== null) return { input: password, bcrypt: plain[0], cost: Number(plain[1]), current: false };
    const [, id, bcrypt, cost] = HMAC_BCRYPT.exec(stored ?? '') ?? [];
    if (bcrypt === undefined) return undefined;
    const candidates = [...this.options.peppers, undefined];
    const index = candidates.findIndex((candidate) => pepperId(candidate) === id);
    if (index === -1) return undefined;
    return { input: preHash(password, candidates[index]), bcrypt, cost: Number(cost), current: index === 0 };
  }
}

/** 64 ASCII characters that depend on every byte. NFKC, because keyboards encode the same character differently. */
function preHash(password: string, pepper: string | undefined): string {
  return createHmac('sha384', pepper ?? 'gatehouse')
    .update(normalize(password))
    .digest('base64');
}

function normalize(password: string): string {
  return password.normalize('NFKC');
}

function pepperId(pepper: string | undefined): string {
  return pepper === undefined ? '-' : createHash('sha256').update(`id ${pepper}`).digest('hex').slice(0, 8);
}
