const WIDTH = 30;

/** A progress bar. On a terminal it redraws its line; elsewhere it prints a line for each tenth. */
export class Progress {
  readonly #startedAt = performance.now();
  #tenths = 0;
  #isDrawn = false;

  constructor(readonly out: NodeJS.WriteStream) {}

  update(count: number, total: number): void {
    if (total === 0) return;
    if (this.out.isTTY) {
      this.out.write(`\r${this.#line(count, total)}`);
      this.#isDrawn = true;
      return;
    }
    const tenths = Math.floor((count * 10) / total);
    if (tenths > this.#tenths) this.out.write(`${this.#line(count, total)}\n`);
    this.#tenths = Math.max(tenths, this.#tenths);
  }

  done(): void {
    if (this.#isDrawn) this.out.write('\n');
  }

  #line(count: number, total: number): string {
    const filled = Math.min(Math.round((count / total) * WIDTH), WIDTH);
    const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled);
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    return `[${bar}] ${count} of ${total} in ${seconds} s`;
  }
}
