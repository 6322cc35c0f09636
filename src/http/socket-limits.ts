/** Counts open items by key, up to a maximum for each key. */
export class OpenCounter {
  readonly #counts = new Map<string, number>();

  constructor(readonly max: number) {}

  /** @returns a function that gives the place back, or undefined if the key has no place left */
  take(key: string): (() => void) | undefined {
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.max) return undefined;
    this.#counts.set(key, count + 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#giveBack(key);
      isTaken = false;
    };
  }

  #giveBack(key: string): void {
    const left = (this.#counts.get(key) ?? 0) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}

/**
 * How many messages a client may send: a burst, and a rate afterwards. An ordinary client sends two messages, and a ping
 * every few seconds.
 */
export class MessageBudget {
  static readonly BURST = 100;
  static readonly PER_SECOND = 10;
  #left = MessageBudget.BURST;
  #countedAt = performance.now();

  /** @returns false if the budget is used up */
  spend(): boolean {
    const now = performance.now();
    const earned = ((now - this.#countedAt) / 1000) * MessageBudget.PER_SECOND;
    this.#left = Math.min(MessageBudget.BURST, this.#left + earned);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
