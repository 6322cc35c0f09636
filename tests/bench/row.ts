/** A benchmark. Rows that share servers get them from `Servers`. */
export interface Row {
  /** For `--only`, and the key in `bench.json`. */
  readonly id: string;
  /** In the chart. */
  readonly label: string;
  /** What is measured. */
  readonly name: string;
  /** What it is compared with. */
  readonly against: string;
  readonly aim: Aim;
  measure(): Promise<Figures>;
}

/**
 * A bound of the ratio; with a unit, a bound of our own figure. Its direction also says whether a higher ratio is better.
 */
export type Aim =
  | { readonly min: number; readonly max?: undefined; readonly unit?: undefined }
  | { readonly max: number; readonly min?: undefined; readonly unit?: Unit };

export type Unit = '/s' | 'ms' | 's' | 'MB';

export interface Figures {
  /** The medians of all rounds. */
  readonly ours: number;
  readonly theirs: number;
  readonly unit: Unit;
  /** The median of the ratios of all rounds. */
  readonly ratio: number;
  /** The lowest and the highest ratio of a round. */
  readonly spread: readonly [number, number];
  /** Further figures, each in a line below the table. */
  readonly notes?: readonly string[];
  /** What the time was spent on: a line below the table if the aim is missed. */
  readonly profile?: string;
}

export const isHigherBetter = ({ min }: Aim): boolean => min !== undefined;

export function isReached({ aim }: Pick<Row, 'aim'>, { ours, ratio }: Figures): boolean {
  const figure = aim.unit === undefined ? ratio : ours;
  return aim.min === undefined ? figure <= aim.max : figure >= aim.min;
}

/** A ratio may be worse by this share of the committed one. */
const MAX_LOSS = 0.2;

/** Whether the ratio is worse than the committed one by a fifth. */
export function hasDropped({ aim }: Pick<Row, 'aim'>, ratio: number, committed: number): boolean {
  return isHigherBetter(aim) ? ratio < committed * (1 - MAX_LOSS) : ratio > committed / (1 - MAX_LOSS);
}
