import { unavailable } from '../../platform/error.js';

/** How many attempts of this process may wait, over all keys. */
const MAX_QUEUE = 64;
/** Seconds after which it makes sense to try again. */
const RETRY_AFTER = 5;

/**
 * Lets so many attempts at one key through at a time; the others wait their turn in this process, rather than
 * ask the database again and again.
 */
export class Gate {
  readonly #open = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #queued = 0;

  constructor(readonly most: number) {}

  /** @throws AuthError SERVICE_UNAVAILABLE where too many wait */
  async enter(key: string): Promise<void> {
    const open = this.#open.get(key) ?? 0;
    if (open < this.most) {
      this.#open.set(key, open + 1);
      return;
    }
    if (this.#queued >= MAX_QUEUE) throw unavailable(RETRY_AFTER);
    this.#queued += 1;
    await new Promise<void>((resolve) => {
      const line = this.#waiting.get(key);
      if (line === undefined) this.#waiting.set(key, [resolve]);
      else line.push(resolve);
    });
    this.#queued -= 1;
  }

  /** Hands the place to the next that waits. */
  leave(key: string): void {
    const line = this.#waiting.get(key);
    const next = line?.shift();
    if (line?.length === 0) this.#waiting.delete(key);
    if (next !== undefined) {
      next();
      return;
    }
    const open = (this.#open.get(key) ?? 1) - 1;
    if (open <= 0) this.#open.delete(key);
    else this.#open.set(key, open);
  }
}
