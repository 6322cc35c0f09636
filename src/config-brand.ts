import { z } from 'zod';
import { isSecure } from './config-values.js';
import { parseDisplayName } from './features/accounts/display-name.js';
import { type Brand, carriesWhiteText, lightenedForDark, MIN_CONTRAST } from './platform/brand.js';

const MAX_NAME_LENGTH = 64;

/**
 * These characters end a name in the header of a mail (RFC 5322 §3.4), in markup, or in the label that authenticator
 * apps show ("Key Uri Format": issuer and account are separated by a colon).
 */
const SEPARATORS = /[<>"\\:]/;

const name = z.string().transform((text, context) => {
  const parsed = nameOf(text);
  if (parsed === undefined) {
    const message = `must have 1 to ${MAX_NAME_LENGTH} visible characters, none of them < > " \\ or :`;
    context.addIssue({ code: 'custom', message });
  }
  return parsed ?? text;
});

function nameOf(text: string): string | undefined {
  try {
    const parsed = parseDisplayName(text);
    const isShort = parsed !== null && [...parsed].length <= MAX_NAME_LENGTH;
    return isShort && !SEPARATORS.test(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const color = z
  .string()
  .trim()
  .regex(/^#(?:[0-9a-f]{3}){1,2}$/i, { error: 'must be a colour such as #1a56db', abort: true })
  .transform((text) => text.toLowerCase().replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3'))
  .refine(carriesWhiteText, {
    error: `must be a darker colour: white text on it needs a contrast of at least ${MIN_CONTRAST} (WCAG 2.2, 1.4.3)`,
  });

/** In the form of the URL standard, which has no line breaks or spaces. */
const normalizedUrl = (protocol: RegExp, error: string) =>
  z
    .url({ protocol, error, abort: true })
    .transform((text) => new URL(text))
    .refine((url) => url.protocol === 'mailto:' || isSecure(url), { error })
    .refine(({ username, password }) => username === '' && password === '', {
      error: 'must be a URL without credentials',
    });

const logoUrl = normalizedUrl(
  /^https?$/,
  'must be the URL of an image of https://; http:// is accepted for this machine only',
).transform(({ href }) => href);

const SUPPORT_ERROR =
  'must be a URL of https:// or a mailto: address, e.g. mailto:help@example.com; http:// is accepted for this machine only';

const supportUrl = normalizedUrl(/^(?:https?|mailto)$/, SUPPORT_ERROR)
  .refine(({ protocol, pathname }) => protocol !== 'mailto:' || /^[^@\s]+@[^@\s]+$/.test(pathname), {
    error: SUPPORT_ERROR,
  })
  .transform(({ href }) => href);

/** The settings of the brand. */
export const brandVariables = {
  BRAND_NAME: name.default('Gatehouse'),
  BRAND_COLOR: color.default('#1a56db'),
  BRAND_LOGO_URL: logoUrl.optional(),
  SUPPORT_URL: supportUrl.optional(),
};

const settings = z.object(brandVariables);

export function brandOf(env: z.output<typeof settings>): Brand {
  return {
    name: env.BRAND_NAME,
    color: env.BRAND_COLOR,
    colorOnDark: lightenedForDark(env.BRAND_COLOR),
    ...(env.BRAND_LOGO_URL !== undefined && { logoUrl: env.BRAND_LOGO_URL }),
    ...(env.SUPPORT_URL !== undefined && { supportUrl: env.SUPPORT_URL }),
  };
}
