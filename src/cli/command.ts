import type { ParseArgsConfig } from 'node:util';

export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** A command of the program. It imports its modules only when it runs. */
export interface Command {
  readonly summary: string;
  /** The text after `gatehouse`, one line for each form. */
  readonly usage: readonly string[];
  readonly options?: ParseArgsConfig['options'];
  /**
   * @returns the exit status
   * @throws UsageError, StartupError
   */
  run(positionals: readonly string[], values: Values): Promise<number>;
}

/** The arguments are invalid: the program prints the usage and exits with status 2. */
export class UsageError extends Error {}
