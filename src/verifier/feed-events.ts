/** Promises that all ends up to a poll of the gateway have been sent. A feed can send beats without these details. */
export interface Beat {
  /** When the gateway polled, by a monotonic clock of its own. */
  readonly polledAtMs?: number;
  /** When the gateway sent the beat, in milliseconds since the epoch. */
  readonly atMs?: number;
  /** Life of an access token. */
  readonly lifeSeconds?: number;
}

/** @throws Error if the data is malformed */
export function parseEnded(data: string): string {
  const { sid } = parse(data);
  if (typeof sid !== 'string' || sid === '') throw new Error('the feed sent an end without a session id');
  return sid;
}

/** @throws Error if the data is malformed */
export function parseBeat(data: string): Beat {
  if (data === '') return {};
  const { polledAtMs, at, lifeSeconds } = parse(data);
  const atMs = at === undefined ? undefined : Date.parse(String(at));
  const isLife = lifeSeconds === undefined || (isNumber(lifeSeconds) && lifeSeconds > 0);
  if (!isOptionalNumber(polledAtMs) || !isOptionalNumber(atMs) || !isLife)
    throw new Error('the feed sent a malformed beat');
  return {
    ...(polledAtMs !== undefined && { polledAtMs }),
    ...(atMs !== undefined && { atMs }),
    ...(lifeSeconds !== undefined && { lifeSeconds }),
  };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isOptionalNumber = (value: unknown): value is number | undefined =>
  value === undefined || isNumber(value);

function parse(data: string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(data);
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the feed sent malformed data');
  return parsed as Record<string, unknown>;
}
