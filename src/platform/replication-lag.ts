interface Sample {
  /** By `performance.now()`. */
  readonly sentAt: number;
  readonly position: bigint;
}

/**
 * Bounds how far a replica is behind, by positions in the write-ahead log of the primary. The clocks of the servers are
 * not compared. While the primary is idle, its position does not move, so the replica is not behind.
 */
export class PrimaryPositions {
  readonly #samples: Sample[] = [];

  /** @param keepMs how old (ms) a sample may become */
  constructor(readonly keepMs: number) {}

  /**
   * @param position the answer of the primary
   * @param sentAt when the question was sent: all commits before it are in the log up to the position
   */
  add(position: bigint, sentAt: number): void {
    this.#samples.push({ position, sentAt });
    while ((this.#samples[0]?.sentAt ?? sentAt) < sentAt - this.keepMs) this.#samples.shift();
  }

  /** A time before which every commit is on a replica that has replayed the log up to here; undefined if it is too far behind. */
  caughtUpTo(replayed: bigint): number | undefined {
    return this.#samples.findLast(({ position }) => position <= replayed)?.sentAt;
  }
}

/** Parses a `pg_lsn`, such as `16/B374D848`. */
export function parsePosition(text: string): bigint {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
