import { z } from 'zod';

const ENTRY = /^([A-Za-z]\w*)=([1-9]\d{0,5})\/([1-9]\d{0,6})$/;

/** 24 days: more overflows a timer of Node.js. */
const MAX_SECONDS = 24 * 86_400;

interface Entry {
  readonly name: string;
  readonly limit: number;
  /** Seconds. */
  readonly duration: number;
}

/** `RATE_LIMITS`: a list of `field=limit/seconds`. */
export const rateLimits = z.string().transform((text, context) => {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map(parse);
  const valid = entries.filter((entry) => entry !== undefined);
  if (valid.length < entries.length) {
    context.addIssue(
      'must be a list of field=limit/seconds, separated by commas, e.g. register=20/3600,login=30/60',
    );
    return z.NEVER;
  }
  return Object.fromEntries(valid.map(({ name, ...rule }) => [name, rule]));
});

function parse(text: string): Entry | undefined {
  const [, name, limit, duration] = ENTRY.exec(text) ?? [];
  if (name === undefined || Number(duration) > MAX_SECONDS) return undefined;
  return { name, limit: Number(limit), duration: Number(duration) };
}
