import type { StatisticsQuery } from '../generated/operations.js';
import { LENGTH_MS, type Period } from './period.js';
import { countWords, momentWords } from './words.js';

type Counts = StatisticsQuery['authStatistics'][number];
export type Figure = Exclude<keyof Counts, 'start' | '__typename'>;

/** The counts of one interval. */
export interface Point extends Counts {
  /** Whether the interval is not over yet, so that its counts can still rise. */
  readonly isPartial: boolean;
}

export interface Series {
  readonly figure: Figure;
  /** The heading of its column. */
  readonly title: string;
  readonly one: string;
  readonly many: string;
  readonly color: string;
  /** Tells the lines of a chart apart without colour. */
  readonly dash?: string;
}

/** What one chart is about. */
export interface Topic {
  readonly title: string;
  readonly hint: string;
  readonly series: readonly Series[];
}

export const SIGN_INS: Topic = {
  title: 'Sign-ins and failures',
  hint: 'Completed sign-ins, against wrong identifiers, passwords, passkeys and codes.',
  series: [
    { figure: 'signIns', title: 'Sign-ins', one: 'sign-in', many: 'sign-ins', color: 'var(--chart-1)' },
    {
      figure: 'failedSignIns',
      title: 'Failures',
      one: 'failure',
      many: 'failures',
      color: 'var(--chart-2)',
      dash: '6 4',
    },
  ],
};

const single = (series: Series, hint: string): Topic => ({ title: series.title, hint, series: [series] });

export const OTHERS: readonly Topic[] = [
  single(
    { figure: 'lockouts', title: 'Lockouts', one: 'lockout', many: 'lockouts', color: 'var(--chart-3)' },
    'Sign-ins locked after failed tries.',
  ),
  single(
    {
      figure: 'registrations',
      title: 'New accounts',
      one: 'new account',
      many: 'new accounts',
      color: 'var(--chart-4)',
    },
    'Verified registrations, invitations and first sign-ins with a provider.',
  ),
  single(
    {
      figure: 'passwordResets',
      title: 'Password resets',
      one: 'password reset',
      many: 'password resets',
      color: 'var(--chart-1)',
    },
    'Passwords set by the link of a reset or an invitation.',
  ),
  single(
    {
      figure: 'tokenReuses',
      title: 'Reused tokens',
      one: 'reused token',
      many: 'reused tokens',
      color: 'var(--chart-2)',
    },
    'An old refresh token was used again, so its session was ended.',
  ),
];

export const pointsOf = (counts: readonly Counts[], { interval }: Period, now: number): Point[] =>
  counts.map((one) => {
    const start = Date.parse(one.start);
    return { ...one, isPartial: start <= now && now < start + LENGTH_MS[interval] };
  });

export const totalOf = (points: readonly Point[], figure: Figure): number =>
  points.reduce((sum, point) => sum + point[figure], 0);

/** One sentence: "1,204 sign-ins and 37 failures in the last 7 days; most failures on November 12." */
export function summaryOf({ series }: Topic, points: readonly Point[], { words, interval }: Period): string {
  const counts = series.map(({ figure, one, many }) => countWords(totalOf(points, figure), one, many));
  const sentence = `${counts.join(' and ')} ${words}`;
  const last = series.at(-1);
  const peak = last && peakOf(points, last.figure);
  if (last === undefined || peak === undefined) return `${sentence}.`;
  const most = series.length === 1 ? 'most' : `most ${last.many}`;
  return `${sentence}; ${most} on ${momentWords(peak.start, interval)}.`;
}

/** The interval with the most events. Undefined if there are none. */
function peakOf(points: readonly Point[], figure: Figure): Point | undefined {
  const most = Math.max(...points.map((point) => point[figure]));
  return most > 0 ? points.find((point) => point[figure] === most) : undefined;
}
