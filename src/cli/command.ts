import type { ParseArgsConfig } from 'node:util';

export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** A command of the program. What it imports is loaded only when it runs. */
export interface Command {
  readonly summary: string;
  /** What follows `gatehouse`, one line for each form. */
  readonly usage: readonly string[];
  readonly options?: ParseArgsConfig['options'];
  /**
   * @returns the exit status
   * @throws UsageError; StartupError
   */
  run(positionals: readonly string[], values: Values): Promise<number>;
}

/** The arguments are not understood: exit status 2, with the usage. */
export class UsageError extends Error {}
