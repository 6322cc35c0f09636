/**
 * How much longer than the life of an access token an ended session is remembered (seconds). A token can be issued
 * shortly after the end by a request in progress, and clocks differ.
 */
const MARGIN_SECONDS = 300;

/** The sessions that have ended, for as long as a token of them can be valid. */
export class EndedSessions {
  /** The time by `performance.now()` at which each session can be forgotten. The oldest end is first. */
  readonly #forgetAtMs = new Map<string, number>();
  /** Unknown before the first beat: nothing is forgotten. */
  #lifeSeconds = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#forgetAtMs.size;
  }

  has(sessionId: string): boolean {
    return this.#forgetAtMs.has(sessionId);
  }

  add(sessionId: string): void {
    // Deleted first, so that it moves to the end.
    this.#forgetAtMs.delete(sessionId);
    this.#forgetAtMs.set(sessionId, this.#forgetAt());
  }

  /** The life of an access token. If it changes, all ends are kept for the new one from now on. */
  setLife(seconds: number): void {
    if (seconds === this.#lifeSeconds) return;
    const isLonger = seconds > this.#lifeSeconds;
    const isFirst = this.#lifeSeconds === Number.POSITIVE_INFINITY;
    this.#lifeSeconds = seconds;
    if (!isLonger && !isFirst) return;
    for (const sessionId of this.#forgetAtMs.keys()) this.#forgetAtMs.set(sessionId, this.#forgetAt());
  }

  prune(): void {
    const now = performance.now();
    for (const [sessionId, forgetAtMs] of this.#forgetAtMs) {
      if (forgetAtMs > now) return;
      this.#forgetAtMs.delete(sessionId);
    }
  }

  #forgetAt(): number {
    return performance.now() + (this.#lifeSeconds + MARGIN_SECONDS) * 1000;
  }
}
