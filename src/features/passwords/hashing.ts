import { createHash, createHmac, randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/bcrypt';
import { withTimeout } from '../../platform/with-timeout.js';
import type { Guess } from '../lockout/index.js';
import type { HashingQueue } from './hashing-queue.js';

export interface HashingOptions {
  readonly bcryptCost: number;
  /** The first is used for new hashes, all are accepted. Without one, the HMAC has a constant key. */
  readonly peppers: readonly string[];
}

/** A turn of the queue waits no longer for the database (ms): others wait behind it. */
const MAX_LOOK_MS = 1000;
const SCHEME = 'hs384';
const PLAIN_BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const HMAC_BCRYPT = /^hs384:([0-9a-f]{8}|-):(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;

export interface Match {
  /** The index of the hash that matched. */
  readonly index: number;
  /** The hash has an earlier scheme, cost or pepper: replace it. */
  readonly needsRehash: boolean;
}

/**
 * bcrypt over an HMAC of the password, because bcrypt alone uses only the first 72 bytes (ASVS 11.4.2). Stored as
 * `hs384:<id of the pepper>:<bcrypt>`. Plain bcrypt hashes of earlier systems are accepted too.
 */
export class PasswordHashing {
  #dummy: Promise<string> | undefined;

  constructor(
    readonly options: HashingOptions,
    readonly queue: HashingQueue,
  ) {}

  /**
   * Makes the dummy that `verify` compares with. At the start, because otherwise the time of the first comparison would
   * tell. It is a real hash of the current cost: for a malformed one, bcrypt returns at once.
   */
  prepare(): Promise<string> {
    this.#dummy ??= this.#hash(randomBytes(32).toString('base64'));
    return this.#dummy;
  }

  /** @throws AuthError SERVICE_UNAVAILABLE if the queue is full */
  async hash(password: string): Promise<string> {
    const pepper = this.options.peppers[0];
    const digest = preHash(password, pepper);
    return `${SCHEME}:${pepperId(pepper)}:${await this.queue.run(() => this.#hash(digest))}`;
  }

  /**
   * Compares a password with each hash until one matches, in one turn of the queue, so that concurrent guesses are
   * compared and counted one by one. Without a hash, compares it with a dummy, which takes the same time.
   * @param guess refuses the comparison if a failure could not be counted
   * @throws AuthError SERVICE_UNAVAILABLE if the queue is full; TimeoutError if the database does not answer
   */
  async verify(
    password: string,
    hashes: readonly (string | null | undefined)[],
    guess: Pick<Guess, 'mayCompare' | 'mayPass'>,
  ): Promise<Match | undefined> {
    const dummy = await this.prepare();
    return this.queue.run(async () => {
      if (!(await withTimeout(MAX_LOOK_MS, guess.mayCompare()))) return undefined;
      for (const [index, stored] of hashes.entries()) {
        const known = this.#read(password, stored);
        const { input, bcrypt } = known ?? {
          input: preHash(password, this.options.peppers[0]),
          bcrypt: dummy,
        };
        // One that is right but must not pass takes as long as a wrong one.
        const isMatch = (await verify(input, bcrypt)) && known !== undefined;
        if (isMatch && (await withTimeout(MAX_LOOK_MS, guess.mayPass()))) {
          return { index, needsRehash: !known.current || known.cost < this.options.bcryptCost };
        }
      }
      return undefined;
    });
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
