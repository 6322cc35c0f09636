import { Keyring } from '../platform/keyring.js';

/** A row of the log, every field as the database prints it. */
export interface SealableEvent {
  readonly id: bigint;
  readonly type: string;
  readonly actorId: string | null;
  readonly subjectId: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly details: string | null;
  readonly createdAt: string;
}

/** A place in the chain. */
export interface Link {
  readonly eventId: bigint;
  readonly seal: Buffer;
}

export interface SealedEvent extends Link {
  readonly sealedAt: string;
}

/** The last of the rows that were pruned. */
export interface Anchor extends Link {
  readonly lastSeal: Buffer;
  readonly prunedAt: string;
}

/**
 * Makes and checks seals. Who has no key can neither alter a sealed row, nor take one out, put one in or change
 * their order, without a seal that no longer fits. `sealedAt` is sealed as well: who cuts off the end of the
 * chain and has other rows sealed in its place cannot backdate that.
 */
export class Seals {
  readonly #keys: Keyring;

  /** @param secrets the first seals, all are accepted; one may be dropped when all that it sealed is pruned */
  constructor(secrets: readonly string[]) {
    this.#keys = new Keyring(secrets, 'audit seals');
  }

  sealEvent(event: SealableEvent, sealedAt: string, previous: Buffer | undefined): Buffer {
    return this.#keys.sign(encodeEvent(event, sealedAt, previous));
  }

  fitsEvent(event: SealableEvent, { seal, sealedAt }: SealedEvent, previous: Buffer | undefined): boolean {
    return this.#keys.verify(encodeEvent(event, sealedAt, previous), seal);
  }

  sealAnchor(anchor: Omit<Anchor, 'seal'>, previous: Buffer | undefined): Buffer {
    return this.#keys.sign(encodeAnchor(anchor, previous));
  }

  fitsAnchor(anchor: Anchor, previous: Buffer | undefined): boolean {
    return this.#keys.verify(encodeAnchor(anchor, previous), anchor.seal);
  }
}

/** JSON of a list in a fixed order: no two rows have the same, and the first word keeps rows and anchors apart. */
function encodeEvent(event: SealableEvent, sealedAt: string, previous: Buffer | undefined): string {
  return JSON.stringify([
    'event',
    previous?.toString('hex') ?? null,
    String(event.id),
    event.type,
    event.actorId,
    event.subjectId,
    event.ipAddress,
    event.userAgent,
    event.details,
    event.createdAt,
    sealedAt,
  ]);
}

function encodeAnchor(anchor: Omit<Anchor, 'seal'>, previous: Buffer | undefined): string {
  return JSON.stringify([
    'anchor',
    previous?.toString('hex') ?? null,
    String(anchor.eventId),
    anchor.lastSeal.toString('hex'),
    anchor.prunedAt,
  ]);
}
