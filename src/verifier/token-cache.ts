/**
 * A bounded cache in two generations: when the younger one is full, it becomes the older one, which is dropped. A hit
 * in the younger one costs a single look-up, without the writes of a least-recently-used list.
 */
export class TokenCache<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** @param size the most entries that are kept */
  constructor(readonly size: number) {}

  get(token: string): T | undefined {
    const found = this.#young.get(token);
    if (found !== undefined) return found;
    const aging = this.#old.get(token);
    if (aging !== undefined) this.set(token, aging);
    return aging;
  }

  set(token: string, value: T): void {
    if (this.#young.size >= this.size / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(token, value);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
