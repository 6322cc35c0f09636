const WIDTH = 30;

/** A bar of plain text that is drawn over itself on a terminal; elsewhere a line for each tenth. */
export class Progress {
  readonly #startedAt = performance.now();
  #tenths = 0;

  constructor(
    readonly out: NodeJS.WriteStream,
    readonly total: number,
  ) {}

  reached(count: number): void {
    if (this.out.isTTY) {
      this.out.write(`\r${this.#line(count)}`);
      return;
    }
    const tenths = Math.floor((count * 10) / this.total);
    if (tenths > this.#tenths) this.out.write(`${this.#line(count)}\n`);
    this.#tenths = tenths;
  }

  done(): void {
    this.out.write(this.out.isTTY ? '\n' : '');
  }

  #line(count: number): string {
    const filled = Math.round((count / this.total) * WIDTH);
    const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled);
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    return `[${bar}] ${count} of ${this.total} in ${seconds} s`;
  }
}
