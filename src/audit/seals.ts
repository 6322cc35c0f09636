import { Keyring } from '../platform/keyring.js';

/** A row of the log, with each field as the database prints it. */
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

/** The end of a pruned part of the chain. */
export interface Anchor extends Link {
  readonly lastSeal: Buffer;
  readonly prunedAt: string;
}

/**
 * Creates and checks seals. Without the key, nobody can change, remove, insert or reorder sealed rows and still have valid
 * seals. The seal includes `sealedAt`: if an attacker removes the end of the chain and lets the gateway seal other rows
 * instead, `sealedAt` shows when that happened.
 */
export class Seals {
  readonly #keys: Keyring;

  /** @param secrets the first creates seals, all are accepted; remove one only after its rows are pruned */
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

/** A JSON array, so that two different rows never have the same text. The first element separates rows from anchors. */
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
